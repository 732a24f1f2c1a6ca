"""Before and after: two pictures or videos with a divider between them, or side by side."""

from __future__ import annotations

from .elements import Element, make_figure
from .style import SCRIPT

# Seconds and shares by which two of the same content may differ.
_SECONDS, _SHARE = 0.15, 0.02
_DIVIDER = (
    '<input class="framechain-divider" type="range" min="0" max="100" step="0.1" value="50" hidden '
    'aria-label="How much is shown of the picture before">'
)


def make_comparison(before: Element, after: Element, *, slider: bool = True) -> str:
    """Return two pictures or videos: with a divider to drag if they fit onto each other, else side by side.

    A page that runs no scripts shows them side by side.

    Args:
        before: The original.
        after: The result.
        slider: Whether to have a divider.
    """
    figures = make_figure(before, "before") + make_figure(after, "after")
    if not (slider and _fit_together(before, after)):
        return f'<div class="framechain-row">{figures}</div>'
    player = "" if after.seconds is None else _make_player(after.seconds)
    limit = f' style="max-width:{after.width}px"'
    return f'<div class="framechain-compare"{limit}>{figures}{_DIVIDER}{player}</div>{SCRIPT}'


def _fit_together(before: Element, after: Element) -> bool:
    if not (before.height and after.height):
        return False
    ratio = before.width / before.height / (after.width / after.height)
    if abs(ratio - 1) > _SHARE:
        return False
    if before.seconds is None or after.seconds is None:
        return before.seconds is after.seconds
    # Of a video that does not say how long it is nobody knows whether the other one is in step with it.
    return min(before.seconds, after.seconds) > 0 and abs(before.seconds - after.seconds) <= _SECONDS


def _make_player(seconds: float) -> str:
    return (
        '<div class="framechain-player" hidden><button type="button">Play</button>'
        f'<input type="range" min="0" max="{seconds:.3f}" step="any" value="0" aria-label="Time in seconds"></div>'
    )
