"""One line of a diagnosis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "problem"]
"""ok: as it should be; note: something cannot be used, or only slowly; problem: something is broken."""

INSTALL = "on Debian and Ubuntu: sudo apt-get install -y"
"""How an advice about system libraries begins."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    Attributes:
        state: Whether that is as it should be.
        text: What was found.
        advice: What to do; "" if there is nothing to do.
    """

    state: State
    text: str
    advice: str = ""


def join_words(words: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    Example:
        >>> join_words(["mp4", "mov", "mkv"]), join_words(["mp4"])
        ('mp4, mov and mkv', 'mp4')
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
