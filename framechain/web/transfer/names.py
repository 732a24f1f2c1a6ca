"""Names that visitors give to files: for the page and for downloads, never a part of a path here."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

# In bytes of UTF-8: file systems take 255, and "_out" or a number may be added.
_LONGEST_NAME = 150
_LONGEST_SUFFIX = 12
_FORBIDDEN = re.compile(r'[<>:"|?*]')
# Devices of Windows, in every folder and with every suffix.
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
# A folder of the server in a sentence: what precedes the last part of an absolute path.
_FOLDERS = re.compile(r"(?<![\w/.:])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:'\"]+[/\\])+")


def clean_name(text: str, *, fallback: str = "upload") -> str:
    r"""Return the name of a file as every system takes it.

    Args:
        text: What the visitor calls it; it may hold a path.
        fallback: The name if nothing is left.

    Returns:
        The last part of the path, of at most 150 bytes, without control characters and marks that change the
        direction of writing, without what Windows forbids, and without a dot at its start or end.

    Example:
        >>> clean_name("C:\\Users\\me\\..\\my clip.mp4"), clean_name("../../etc/passwd"), clean_name("nul.png")
        ('my clip.mp4', 'passwd', '_nul.png')
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", text))[-1]
    # Categories Cc, Cf, Cs, Co and Cn: none of them can be seen.
    name = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C")
    name = _FORBIDDEN.sub("_", " ".join(name.split())).strip(". ")
    stem, suffix = os.path.splitext(name)
    longest = _LONGEST_NAME - _LONGEST_SUFFIX
    name = (_shorten(stem, longest) + _shorten(suffix, _LONGEST_SUFFIX)).strip(". ") or fallback
    return f"_{name}" if _DEVICE.match(name) else name


def _shorten(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")


def number_names(names: list[str]) -> list[str]:
    """Return names of which no two are the same, also where case does not count.

    Example:
        >>> number_names(["me.png", "Me.png", "you.png", "me.png"])
        ['me.png', 'Me (2).png', 'you.png', 'me (3).png']
    """
    taken: set[str] = set()
    numbered = []
    for name in names:
        stem, suffix = os.path.splitext(name)
        free, number = name, 1
        while free.casefold() in taken:
            number += 1
            free = f"{stem} ({number}){suffix}"
        taken.add(free.casefold())
        numbered.append(free)
    return numbered


def hide_paths(sentence: str, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a sentence in which files are called by their names: where they are is nothing for visitors.

    Args:
        sentence: Such as an error's.
        names: What visitors call a file, by its path.

    Example:
        >>> hide_paths("cannot read /tmp/a/b7: empty, unlike /home/me/beach.jpg", {"/tmp/a/b7": "clip.mp4"})
        'cannot read clip.mp4: empty, unlike beach.jpg'
    """
    for path, name in names.items():
        sentence = sentence.replace(path, name)
    return _FOLDERS.sub("", " ".join(sentence.split()))
