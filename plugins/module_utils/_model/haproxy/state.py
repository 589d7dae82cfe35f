# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What people decided about haproxy's servers: `show servers state`, the only place that tells who took one out.

Source of the bits: haproxy's server-t.h, whose maintenance mask (0x23) leaves bit 4 out: it only
remembers that the configuration says `disabled` and stays set after the server was made ready.
"""

from __future__ import annotations

from dataclasses import dataclass

from .stats import HaproxyError

FORCED_MAINT, INHERITED_MAINT, CONFIG_MAINT, RESOLUTION_MAINT = 0x01, 0x02, 0x04, 0x20
FORCED_DRAIN, INHERITED_DRAIN = 0x08, 0x10
MAINT_MASK = FORCED_MAINT | INHERITED_MAINT | RESOLUTION_MAINT
DRAIN_MASK = FORCED_DRAIN | INHERITED_DRAIN

READY, DRAIN, MAINT, UNKNOWN = "ready", "drain", "maint", "unknown"


@dataclass(frozen=True)
class ServerAdmin:
    """The administrative side of one server: `bits` as above, the weight now and the configured one (0..256).

    `address` and `port` are where haproxy sends its requests, empty and 0 where it does not say.
    """

    backend: str
    server: str
    bits: int
    weight: int
    configured_weight: int
    address: str = ""
    port: int = 0

    @property
    def state(self) -> str:
        """ready, drain or maint; maintenance wins, as it does in haproxy."""
        if self.bits & MAINT_MASK:
            return MAINT
        return DRAIN if self.bits & DRAIN_MASK else READY

    @property
    def forced_maint(self) -> bool:
        """True when maintenance lasts until somebody ends it, not only until a tracked server or a name comes back."""
        return bool(self.bits & FORCED_MAINT)

    @property
    def taken_out_by(self) -> str:
        """Who took the server out of rotation, in words; empty when nobody did."""
        if self.state == READY:
            return ""
        if self.bits & INHERITED_MAINT or self.bits & INHERITED_DRAIN:
            return "the server that it tracks"
        if self.bits & RESOLUTION_MAINT and not self.forced_maint:
            return "name resolution"
        if self.state == MAINT and self.bits & CONFIG_MAINT:
            return "the configuration"
        return "an operator"


def parse_servers_state(text: str) -> tuple[ServerAdmin, ...]:
    """All servers in a `show servers state`. Raises HaproxyError when the text is something else."""
    lines = [line for line in text.splitlines() if line.strip()]
    header = next((line for line in lines if line.startswith("# ")), "")
    names = header[2:].split()
    if "srv_admin_state" not in names:
        seen = repr(lines[0][:80]) if lines else "nothing"
        raise HaproxyError(f"haproxy was asked for the state of its servers and answered {seen}.")
    rows = lines[lines.index(header) + 1 :]
    return tuple(_admin(dict(zip(names, row.split()))) for row in rows)


def _admin(fields: dict[str, str]) -> ServerAdmin:
    try:
        return ServerAdmin(
            backend=fields["be_name"],
            server=fields["srv_name"],
            bits=int(fields["srv_admin_state"]),
            weight=int(fields["srv_uweight"]),
            configured_weight=int(fields["srv_iweight"]),
            address="" if fields.get("srv_addr") == "-" else fields.get("srv_addr", ""),
            port=int(fields.get("srv_port") or 0),
        )
    except (KeyError, ValueError) as error:
        raise HaproxyError(f"haproxy's list of server states has a line that cannot be read ({error}).") from error
