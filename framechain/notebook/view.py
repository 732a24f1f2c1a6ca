"""What `framechain.show` returns."""

from __future__ import annotations


class View:
    """Something that a notebook shows, as the last line of a cell or by IPython's `display`.

    Attributes:
        html: The HTML.
    """

    def __init__(self, html: str, description: str) -> None:
        """Keep what is shown.

        Args:
            html: A piece of HTML that needs nothing else.
            description: What it shows, for where there is no HTML.
        """
        self.html = html
        self._description = description

    def __repr__(self) -> str:
        return f"<View of {self._description}>"

    def _repr_html_(self) -> str:
        return self.html
