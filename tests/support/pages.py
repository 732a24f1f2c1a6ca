"""Pages for the tests: the tags of a piece of HTML, and what is embedded in it, decoded."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_EMPTY = frozenset({"img", "input"})


class Page(HTMLParser):
    """The tags of a piece of HTML, all of which are closed in order.

    Attributes:
        tags: Each tag and its attributes, as a browser reads them.
        text: What a reader sees, without the style and the script.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] not in (["style"], ["script"]):
            self.text += f"{data}\n"

    def find(self, tag: str) -> list[dict[str, Any]]:
        """Return the attributes of each such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    def has(self, class_: str) -> bool:
        """Return whether a tag has this class."""
        return any(attributes.get("class") == class_ for _, attributes in self.tags)


def read_url(url: str) -> tuple[str, bytes]:
    """Return the type and the content of a URL that holds it."""
    match = re.fullmatch(r"data:([\w/]+);base64,(.*)", url)
    assert match is not None, url[:80]
    return match[1], base64.b64decode(match[2], validate=True)


def read_picture(url: str) -> NDArray[np.uint8]:
    """Return the pixels of a picture that a URL holds: uint8 (H, W, 3) BGR, or (H, W, 4) BGRA."""
    pixels = cv2.imdecode(np.frombuffer(read_url(url)[1], np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return np.asarray(pixels, np.uint8)
