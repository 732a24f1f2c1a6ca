"""Links of pages that are read on the forge too: those that leave docs/ become a page of the site, or plain text."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# What the site has of the repository's own pages.
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")


def rewrite_links(text: str, folder: Path) -> str:
    """Make a page's links those of the site.

    Args:
        text: A page in Markdown.
        folder: Where it stands, below the repository's root.

    Returns:
        The page. A link to a file outside docs/ leads to the page that the site has of it; where there is none, its
        text is left.
    """

    def rewrite(found: re.Match[str]) -> str:
        label, link = found.groups()
        path, _, anchor = link.partition("#")
        if not path or "://" in path or path.startswith("mailto:"):
            return found[0]
        target = (folder / path).resolve()
        docs = ROOT / "docs"
        if docs in target.parents and target.name != "README.md":
            inside = target
        elif target == docs / "README.md":
            inside = docs / "index.md"
        elif target.relative_to(ROOT).as_posix() in PAGES:
            inside = docs / PAGES[target.relative_to(ROOT).as_posix()]
        else:
            # The text of a link is often its path already.
            name = target.relative_to(ROOT).as_posix()
            return f"`{name}`" if label.strip("`.").endswith(name) else f"{label} (`{name}`)"
        steps = _relative(inside, folder if docs in (folder, *folder.parents) else docs)
        return f"[{label}]({steps}{'#' + anchor if anchor else ''})"

    return _LINK.sub(rewrite, text)


_DRAWING = re.compile(r"^!\[([^\]]+)\]\(([^)\s]+\.svg)\)$", re.MULTILINE)


def place_drawings(text: str, folder: Path) -> str:
    """Put the drawings into the page, so that they have its colours in both themes.

    Args:
        text: A page in Markdown.
        folder: Where it stands.

    Returns:
        The page, in which each image of a line of its own that is an SVG has become the SVG itself.
    """

    def place(found: re.Match[str]) -> str:
        svg = (folder / found[2]).read_text(encoding="utf-8")
        # Its own style is for where it is an image; in the page it would hold for all drawings.
        drawing = re.sub(r"<style>.*?</style>", "", svg, flags=re.DOTALL).strip()
        return f'```{{raw}} html\n<figure class="drawing">\n{drawing}\n</figure>\n```'

    return _DRAWING.sub(place, text)


def _relative(path: Path, folder: Path) -> str:
    up = []
    while folder not in path.parents:
        folder = folder.parent
        up.append("..")
    return "/".join([*up, path.relative_to(folder).as_posix()])
