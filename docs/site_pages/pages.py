"""The part of Sphinx: pages that are made when the site is built, and links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from site_pages.links import ROOT, rewrite_links

# Pages of the repository that are pages of the site, too.
COPIES = {"changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md"}


def _read(app: Any, name: str, content: list[str]) -> None:
    """Replace what Sphinx has read of a page by what the site shows.

    Args:
        app: Sphinx.
        name: The page, without suffix, below docs/.
        content: One text, which is replaced.
    """
    source = ROOT / COPIES[name] if name in COPIES else Path(app.env.doc2path(name))
    text = source.read_text(encoding="utf-8") if name in COPIES else content[0]
    content[0] = rewrite_links(text, source.parent)
    if name in COPIES:
        app.env.note_dependency(str(source))


def setup(app: Any) -> dict[str, Any]:
    """Be an extension of Sphinx."""
    app.connect("source-read", _read)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
