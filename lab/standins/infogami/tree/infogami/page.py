"""Renders a page."""

from html import escape

TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
{assets}
</head>
<body>
<h1>{title}</h1>
<p>{text}</p>
<footer>Release <code>{release}</code></footer>
</body>
</html>
"""


def render(title: str, text: str, release: str) -> bytes:
    """A whole page; its assets are asked for by the release that the page itself is of."""
    assets = (
        f'<link rel="stylesheet" href="/static/build/site.css?v={release}">\n'
        f'<script src="/static/build/site.js?v={release}" defer></script>'
    )
    return TEMPLATE.format(title=escape(title), text=escape(text), release=release, assets=assets).encode()
