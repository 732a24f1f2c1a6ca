"""What the modifiers of mattes do to confidences: arrays in, an array out.

A confidence has an edge, (threshold, softness), or is alpha already (None). Two confidences are joined after one was
translated to the edge of the other, so that each is cut where it alone would have been cut.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..basics.signatures import find_parameters
from ..compositing.alpha import find_edge_sides, make_edge_curve, resize_alpha, to_alpha
from ..errors import ObjectResultError
from ..frame import Frame
from ..results import blame, get_name
from .region import RegionMask

Edge: TypeAlias = tuple[float, float] | None
Bytes: TypeAlias = NDArray[np.uint8]

_STEP = 2  # Pixels of one dilation: many small discs make a large one, in a fraction of the time of one.


def _keep_edge(edge: Edge) -> Edge:
    return edge


def _do_nothing() -> None:
    pass


@dataclass(frozen=True)
class Modifier:
    """Makes one confidence of those of one or two mattes.

    Attributes:
        template: The name of the result, with {} for that of each matte.
        apply: Returns the result, uint8 (h, w), of the mattes' confidences, which are not written to, their edges and
            the frame.
        find_edge: Returns the edge of the result, given that of each matte.
        inverts: Whether foreground becomes background.
        reset: Forgets what was learnt of a stream.
        memory: As `Matte.memory`.
    """

    template: str
    apply: Callable[[Sequence[Bytes], Sequence[Edge], Frame], Bytes]
    find_edge: Callable[..., Edge] = _keep_edge
    inverts: bool = False
    reset: Callable[[], None] = _do_nothing
    memory: int | None = 0


def make_restriction(region: RegionMask, *, outside: bool) -> Modifier:
    """Make what keeps the confidence inside a region, or outside of it."""
    template = "{}.outside(...)" if outside else "{}.inside(...)"
    return Modifier(template, functools.partial(_restrict, region=region, outside=outside))


def _restrict(
    confidences: Sequence[Bytes], edges: Sequence[Edge], frame: Frame, *, region: RegionMask, outside: bool
) -> Bytes:
    (confidence,) = confidences
    mask = region.draw(frame.size, (confidence.shape[1], confidence.shape[0]))
    return np.minimum(confidence, translate(~mask if outside else mask, None, edges[0]))


def make_union() -> Modifier:
    """Make what keeps the larger of two alphas."""
    return Modifier("({} | {})", functools.partial(_join, choose=np.maximum), share_edge)


def make_intersection() -> Modifier:
    """Make what keeps the smaller of two alphas."""
    return Modifier("({} & {})", functools.partial(_join, choose=np.minimum), share_edge)


def _join(
    confidences: Sequence[Bytes], edges: Sequence[Edge], frame: Frame, *, choose: Callable[[Bytes, Bytes], Bytes]
) -> Bytes:
    shared = share_edge(*edges)
    height, width = max((confidence.shape for confidence in confidences), key=lambda shape: shape[0] * shape[1])
    first, second = (
        translate(resize(confidence, width, height), edge, shared)
        for confidence, edge in zip(confidences, edges, strict=True)
    )
    return choose(first, second)


def make_inversion() -> Modifier:
    """Make what turns foreground into background."""
    return Modifier("~{}", _invert, _mirror_edge, inverts=True)


def _invert(confidences: Sequence[Bytes], edges: Sequence[Edge], frame: Frame) -> Bytes:
    return ~confidences[0]


def _mirror_edge(edge: Edge) -> Edge:
    if edge is None:
        return None
    threshold, softness = edge
    # A hard cut keeps the threshold itself: half a level more leaves it out.
    return min(1.0, 1 - threshold + (1 / 510 if softness <= 0 else 0)), softness


def make_growth(pixels: float) -> Modifier:
    """Make what moves the outline outwards by pixels of the frame; inwards if negative."""
    return Modifier(f"{{}}.grow({pixels:g})", functools.partial(_grow, pixels=pixels))


def _grow(confidences: Sequence[Bytes], edges: Sequence[Edge], frame: Frame, *, pixels: float) -> Bytes:
    (confidence,) = confidences
    height, width = confidence.shape
    move = cv2.dilate if pixels > 0 else cv2.erode
    return _move_outline(confidence, abs(pixels) * width / frame.size[0], abs(pixels) * height / frame.size[1], move)


def _move_outline(confidence: Bytes, across: float, down: float, move: Callable[..., Any]) -> Bytes:
    """Dilate or erode by an ellipse with these radii in pixels; what a whole pixel leaves over is a mix."""
    steps = math.ceil(max(int(across), int(down)) / _STEP)
    for step in range(steps):
        # The radii are shared out among the steps: (step + 1) / steps of each is done after this one.
        radii = (int(whole) * (step + 1) // steps - int(whole) * step // steps for whole in (across, down))
        size = [2 * radius + 1 for radius in radii]
        confidence = np.asarray(move(confidence, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size)), np.uint8)
    for share, shape in ((across % 1, (1, 3)), (down % 1, (3, 1))):
        if share:
            moved = move(confidence, np.ones(shape, np.uint8))
            confidence = np.asarray(cv2.addWeighted(moved, share, confidence, 1 - share, 0), np.uint8)
    return confidence


def make_mapping(function: Callable[..., Any]) -> Modifier:
    """Make what passes the confidence through a function of the user."""
    template = f"{{}}.map({get_name(function).replace('{', '').replace('}', '')})"
    wants_info = bool(find_parameters(function, "info"))
    mapping = functools.partial(_map, function=function, wants_info=wants_info)
    return Modifier(template, mapping, memory=None)  # Nobody knows what the function keeps.


def _map(
    confidences: Sequence[Bytes],
    edges: Sequence[Edge],
    frame: Frame,
    *,
    function: Callable[..., Any],
    wants_info: bool,
) -> Bytes:
    name, info = get_name(function), frame.info
    width, height = frame.size
    # A function that thinks in pixels means those of the frame, and the matte's answer may be smaller.
    enlarged = resize(confidences[0], width, height)
    with blame(name, info):
        result = function(enlarged.copy(), **({"info": info} if wants_info else {}))  # The matte may need its own.
    try:
        mapped = to_alpha(result, height, width)
    except ValueError:
        kind = type(result).__name__
        found = f"{result.dtype} of shape {result.shape}" if isinstance(result, np.ndarray) else kind
        raise ObjectResultError(
            f"{name}, given to map, returned {found} at frame {info.index} instead of the confidence, "
            f"uint8 of shape {(height, width)}"
        ) from None
    # Where the function changed nothing, a smaller answer stays as it is.
    return confidences[0] if enlarged is not confidences[0] and np.array_equal(mapped, enlarged) else mapped


def share_edge(first: Edge, second: Edge) -> Edge:
    """Return an edge that two confidences can be translated to: the softer one, which keeps most of both.

    Example:
        >>> share_edge((0.5, 0.2), (0.6, 0.3)), share_edge(None, (0.5, 0.2)), share_edge(None, None)
        ((0.6, 0.3), (0.5, 0.2), None)
    """
    if first == second or second is None or first is None:
        # Alpha has no place in a hard cut, but a hard cut has one in alpha.
        edge = first or second
        return edge if first == second or (edge is not None and edge[1] > 0) else None
    threshold, softness = max(first, second, key=lambda edge: edge[1])
    # An edge that would leave [0, 1] is narrowed there: too few levels are left.
    return (threshold, softness) if softness <= min(threshold, 1 - threshold) + 1e-9 else (0.5, 0.5)


def translate(confidence: Bytes, edge: Edge, other: Edge) -> Bytes:
    """Translate a confidence to another edge: the alpha that it becomes is the same but for rounding.

    Args:
        confidence: uint8 (h, w).
        edge: Its edge; None if it is alpha.
        other: The edge that it is to have.

    Returns:
        uint8 (h, w).
    """
    return confidence if edge == other else np.asarray(cv2.LUT(confidence, _make_levels(edge, other)), np.uint8)


@functools.lru_cache(maxsize=32)
def _make_levels(edge: Edge, other: Edge) -> Bytes:
    """Return the lookup table of `translate`: uint8 (256,)."""
    if edge is not None and (other is None or edge[1] <= 0 or other[1] <= 0):
        alpha = make_edge_curve(*edge)
        return alpha if other is None else np.where(alpha >= 128, 255, 0).astype(np.uint8)
    assert other is not None
    level = np.arange(256) / 255
    if edge is None:
        if other[1] <= 0:
            return np.where(level >= 0.5, 255, 0).astype(np.uint8)
        # The inverse of the smoothstep in `make_edge_curve`. 0 and 1 stay: they are sure, wherever the edge is moved.
        t = 0.5 - np.sin(np.arcsin(1 - 2 * level) / 3)
        side = np.where(t < 0.5, *find_edge_sides(*other))
        level = np.where((level > 0) & (level < 1), other[0] + (2 * t - 1) * side, level)
    else:
        scales = np.divide(find_edge_sides(*other), find_edge_sides(*edge))
        level = other[0] + (level - edge[0]) * np.where(level < edge[0], *scales)
    return (np.clip(level, 0, 1) * 255 + 0.5).astype(np.uint8)


def resize(confidence: Bytes, width: int, height: int) -> Bytes:
    """Enlarge a confidence to uint8 (height, width)."""
    return confidence if confidence.shape == (height, width) else resize_alpha(confidence, width, height)
