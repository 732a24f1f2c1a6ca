"""Pieces of HTML, and a page of them that looks right in light and dark notebooks."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .style import STYLE

_LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class Element:
    """A picture or a video of a page.

    Attributes:
        html: The tag.
        caption: What it is, as plain text.
        width: Its width in pixels; 0 if unknown.
        height: Its height in pixels; 0 if unknown.
        seconds: The length of a video, 0 if unknown; None for a picture.
        notes: What a viewer should know of it, a sentence each.
    """

    html: str
    caption: str
    width: int = 0
    height: int = 0
    seconds: float | None = None
    notes: tuple[str, ...] = ()


def escape(text: object) -> str:
    """Return text as HTML: the name of a file is no markup.

    Example:
        >>> escape('<b>"me" & you.jpg')
        '&lt;b&gt;&quot;me&quot; &amp; you.jpg'
    """
    # Names of files may hold bytes that are no UTF-8, which a notebook could not be saved with.
    return html.escape(str(text).encode("utf-8", "replace").decode())


def make_page(*parts: str) -> str:
    """Return parts as one piece with its style."""
    return f'<div class="framechain">{STYLE}{"".join(parts)}</div>'


def make_note(sentence: str) -> str:
    """Return a sentence as a paragraph."""
    return f"<p>{escape(sentence)}</p>"


def make_figure(element: Element, label: str = "") -> str:
    """Return a picture or a video with its caption.

    Args:
        element: The picture or video.
        label: What comes before the caption, such as "before".
    """
    caption = ": ".join(filter(None, (label, element.caption)))
    width = f' style="max-width:{element.width}px"' if element.width else ""
    notes = "".join(map(make_note, element.notes))
    return f"<figure{width}>{element.html}<figcaption>{escape(caption)}{notes}</figcaption></figure>"


def make_row(elements: Iterable[Element]) -> str:
    """Return pictures side by side, as many as fit."""
    return f'<div class="framechain-row">{"".join(map(make_figure, elements))}</div>'


def make_grid(elements: Iterable[Element]) -> str:
    """Return pictures as a grid of small ones."""
    return f'<div class="framechain-grid">{"".join(map(make_figure, elements))}</div>'


def make_table(title: str, rows: Mapping[str, object]) -> str:
    """Return a table of two columns: what it is, and its value."""
    cells = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(_shorten(value))}</td></tr>"
        for name, value in rows.items()
    )
    return f"<table><caption>{escape(title)}</caption><tbody>{cells}</tbody></table>"


def _shorten(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
