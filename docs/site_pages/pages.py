"""The part of Sphinx: pages that are made when the site is built, and links."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from site_pages import api, errors, options
from site_pages.links import ROOT, place_drawings, rewrite_links

# Pages of the repository that are pages of the site, too.
COPIES = {"changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md"}

# What is made of the package takes the place of this line of a page.
MARK = "*The list is made when the site is built.*"
MADE: dict[str, Callable[[], str]] = {
    "reference/framechain": api.write_main_page,
    "reference/modules": api.write_modules_page,
    "reference/options": options.write_page,
    "reference/errors": errors.write_page,
}


def _read(app: Any, name: str, content: list[str]) -> None:
    """Replace what Sphinx has read of a page by what the site shows.

    Args:
        app: Sphinx.
        name: The page, without suffix, below docs/.
        content: One text, which is replaced.
    """
    source = ROOT / COPIES[name] if name in COPIES else Path(app.env.doc2path(name))
    text = source.read_text(encoding="utf-8") if name in COPIES else content[0]
    if name in MADE:
        text = text.replace(MARK, MADE[name]())
    content[0] = place_drawings(rewrite_links(text, source.parent), source.parent)
    if name in COPIES:
        app.env.note_dependency(str(source))


def _link_docstring(app: Any, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Make a docstring's single backticks links to public names, or code."""
    targets = api.list_targets()
    lines[:] = [api.link_names(line, targets) for line in lines]


def setup(app: Any) -> dict[str, Any]:
    """Be an extension of Sphinx."""
    app.connect("source-read", _read)
    # Before napoleon, which makes fields of the sections.
    app.connect("autodoc-process-docstring", _link_docstring, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
