"""How much of the files that a notebook shows becomes a part of it."""

from __future__ import annotations

from ..errors import ArgumentError

EMBED_LIMIT = 20_000_000
"""Bytes of files that one output of a notebook holds, if nobody says how many."""


class Allowance:
    """How many bytes one output may still hold.

    Example:
        >>> allowance = Allowance()
        >>> [allowance.take(size) for size in (15_000_000, 6_000_000, 5_000_000)]
        [True, False, True]
    """

    def __init__(self, embed: bool | None = None) -> None:
        """Set the limit.

        Args:
            embed: True for none, False to embed no file, None for `EMBED_LIMIT`.

        Raises:
            ArgumentError: If it is none of these.
        """
        if embed not in (True, False, None):
            raise ArgumentError(f"embed must be True, False or None, got {embed!r}")
        self.embed = embed
        self._left = EMBED_LIMIT

    def take(self, size: int) -> bool:
        """Return whether a file of that many bytes may be embedded; if so, they are used up."""
        if self.embed is not None:
            return bool(self.embed)
        if size > self._left:
            return False
        self._left -= size
        return True
