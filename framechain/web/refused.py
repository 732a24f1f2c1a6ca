"""A request that is refused, and why."""

from __future__ import annotations

from ..errors import FramechainError


class RefusedError(FramechainError):
    """A request that is refused with a status of HTTP.

    Attributes:
        status: Such as 404.

    Example:
        >>> refusal = RefusedError(404, "there is no such file: it was removed, or its time is over")
        >>> refusal.status, str(refusal)
        (404, 'there is no such file: it was removed, or its time is over')
    """

    def __init__(self, status: int, sentence: str) -> None:
        """Make a refusal.

        Args:
            status: The status of the answer, 400 to 499.
            sentence: Why, for the visitor.
        """
        super().__init__(sentence)
        self.status = status
