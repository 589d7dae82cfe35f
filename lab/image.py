"""Builds the lab's images. An image is named by a digest of all that goes into it, so nothing is built twice."""

from __future__ import annotations

import hashlib
import io
import platform
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from lab import engine
from lab.book import LABEL, PLACES
from lab.errors import LabError
from lab.process import attempt, docker, locked, run, together

SOURCES = Path(__file__).resolve().parent / "image"
REGISTRY_BASE = "debian:bookworm"
LOCAL_BASE = "openlibrary-deploy-lab-base:bookworm"
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


def context(role: str, parent: str) -> tuple[str, bytes]:
    """What the image of `role` is built from: its digest (hex, covers the parent) and the build context, a tar."""
    folder = SOURCES / role
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                _add(archive, str(path.relative_to(folder)), path.read_bytes())
        if role == "base" and CA_BUNDLE.exists():
            # This machine may reach the package index only through a proxy with a certificate of its own.
            _add(archive, f"rootfs{CA_BUNDLE}", CA_BUNDLE.read_bytes())
    content = packed.getvalue()
    return hashlib.sha256(parent.encode() + b"\0" + content).hexdigest(), content


def in_use() -> AbstractContextManager[None]:
    """For building images and making containers of them: another lab would make them too, or remove what it does not
    know while no container has it yet.
    """
    return locked(PLACES.shared / "images.lock")


def build_all(roles: tuple[str, ...]) -> dict[str, str]:
    """Returns the image of each role, and of `base` that they start from, built where it is missing."""
    base = _build("base", "debian", _debian)
    built = together(lambda role: _build(role, base, lambda: base), roles)
    return {"base": base, **dict(zip(roles, built, strict=True))}


def forget_older(current: Iterable[str]) -> None:
    """Removes the lab's images of earlier inputs; one that a container still uses, docker keeps by itself."""
    listed = docker("image", "ls", "--filter", f"label={LABEL}", "--format", "{{.Repository}}:{{.Tag}}").split()
    kept = {*current, LOCAL_BASE}
    for name in listed:
        if name.startswith("openlibrary-deploy-lab-") and name not in kept:
            attempt(("docker", "image", "rm", name))


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mode = 0o644
    archive.addfile(member, io.BytesIO(content))


def _name(role: str, digest: str) -> str:
    return f"openlibrary-deploy-lab-{role}:{digest[:12]}"


def _build(role: str, parent: str, start_from: Callable[[], str]) -> str:
    """`parent` goes into the digest; `start_from` finds the image to start from, and is asked only for a build."""
    digest, packed = context(role, parent)
    name = _name(role, digest)
    if not _exists(name):
        print(f"Building the image of {role}.", flush=True)
        base = f"BASE={start_from()}"
        words = ("docker", "build", "--build-arg", base, "--label", f"{LABEL}={role}", "--tag", name, "-")
        run(words, stdin=packed, timeout=900, env={"BUILDKIT_PROGRESS": "plain"})
    return name


def _exists(name: str) -> bool:
    return attempt(("docker", "image", "inspect", "--format", "{{.Id}}", name)).returncode == 0


def _debian() -> str:
    """The Debian image to start from: one that is here, the registry's, or one made from Debian's archive."""
    for name in (LOCAL_BASE, REGISTRY_BASE):
        if _exists(name):
            return name
    try:
        pulled = attempt(("docker", "pull", "--quiet", REGISTRY_BASE), timeout=120).returncode == 0
    except LabError:
        pulled = False
    return REGISTRY_BASE if pulled else _bootstrap()


def _bootstrap() -> str:
    print("No image registry answers: making the base image from Debian's archive.", flush=True)
    engine.install_mmdebstrap()
    with tempfile.TemporaryDirectory(prefix="openlibrary-deploy-lab-") as folder:
        archive = str(Path(folder) / "base.tar")
        mirror = "http://deb.debian.org/debian"
        architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        run(
            ("mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates",
             f"--architectures={architecture}", "bookworm", archive, mirror),
            timeout=900,
        )  # fmt: skip
        docker("import", "--change", f"LABEL {LABEL}=debian", archive, LOCAL_BASE, timeout=300)
    return LOCAL_BASE
