"""A matte: it says who is foreground."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_number
from ..basics.tunables import Tunable
from ..errors import ArgumentTypeError
from ..frame import Frame, FrameInfo, StreamInfo, make_image_info
from ..pixels.image import Image
from ..results import check_alpha, check_confidence
from .component import Component, find_levels, use_level
from .memory import add_up, find_longest
from .modifiers import (
    Edge,
    Modifier,
    make_growth,
    make_intersection,
    make_inversion,
    make_mapping,
    make_restriction,
    make_union,
    resize,
)
from .region import RegionLike, RegionMask


class Matte(Component):
    """Says who is foreground: it must have `__call__`.

    What it returns is its confidence, the raw answer; the finished alpha is made of it by the edge and what else a
    `BackgroundReplacement` is told.

    Mattes combine: `a | b`, `a & b`, `a - b`, `~a`, `a.inside(region)`, `a.outside(region)`, `a.grow(pixels)` and
    `a.map(function)` are mattes that keep all of a's hooks and attributes. A matte that is used twice in an
    expression, as in `a & ~a.grow(-5)`, runs once for a frame. A function that calls a matte hides its hooks and its
    edge from the run: combine mattes instead.

    Attributes:
        edge: (threshold, softness), both in [0, 1], that turn the returned confidence into alpha. Default: None, the
            returned values are alpha.
        status: A line for the viewer while the matte has no answer; live frames are covered. Default: None.
        works_on_yuv: True if `estimate` does not need the whole frame in BGR. Default: False.
        can_prepare: True if `estimate` may be called for a later frame, in another thread, while an earlier one is
            composited. Default: False.
        mixes_edges: True if partial alpha marks pixels of mixed colour, so that decontamination helps. Default: False.
        corrects_foreground: True if `correct_foreground` changes pixels; frames are then BGR. Default: False.
        needs_alpha: True if it works on the alpha that an earlier object found (`Frame.matte_alpha`). Default: False.
        memory: How many earlier frames an answer depends on, see `FrameObject.history`. Default: None, all of them.

    Example:
        >>> class LeftHalf(Matte):
        ...     def __call__(self, frame):
        ...         alpha = np.zeros(frame.shape[:2], np.uint8)
        ...         alpha[:, : frame.shape[1] // 2] = 255
        ...         return alpha
        >>> LeftHalf()(np.zeros((1, 4, 3), np.uint8)).tolist()
        [[255, 255, 0, 0]]
        >>> (~LeftHalf().inside((0.0, 0.0, 1.0, 0.5)))(np.zeros((2, 4, 3), np.uint8)).tolist()
        [[0, 0, 255, 255], [255, 255, 255, 255]]
    """

    __array_ufunc__ = None  # `array | matte` is an error of the matte's, not an array of objects.

    edge: tuple[float, float] | None = None
    status: str | None = None
    works_on_yuv: bool = False
    can_prepare: bool = False
    mixes_edges: bool = False
    corrects_foreground: bool = False
    needs_alpha: bool = False
    memory: int | None = None

    def __call__(self, frame: Image) -> NDArray[Any]:
        """Estimate the matte of an image.

        Args:
            frame: uint8 (H, W, 3) BGR; read only. Parameters `info` and `alpha` are filled in as for a `FrameObject`.

        Returns:
            (H, W): uint8 in 0..255 or floats in [0, 1]; 255 and 1 are foreground.
        """
        raise NotImplementedError

    def estimate(self, frame: Frame) -> NDArray[np.uint8]:
        """Estimate the matte of a frame; override it to work on YUV or at a smaller size. Default: call the matte.

        Returns:
            uint8 (h, w), 255 = foreground, of the frame's size or smaller.
        """
        image = frame.read_bgr()
        return check_alpha(self(image), self, image.shape[0], image.shape[1])

    def correct_foreground(self, frame: Image, alpha: NDArray[np.uint8]) -> Image:
        """Remove the old background's colour from the foreground (despill). Default: change nothing.

        The frame, uint8 (H, W, 3) BGR, may be written to; alpha is uint8 (H, W), 255 = foreground.
        """
        return frame

    def _list_settings(self) -> dict[str, object]:
        edge = "none, its values are alpha" if self.edge is None else "threshold {:g}, softness {:g}".format(*self.edge)
        return {"edge": edge, **super()._list_settings()}

    def inside(self, region: RegionLike) -> Matte:
        """Return a matte that finds the foreground inside a region only.

        Args:
            region: (left, top, right, bottom) or a polygon (N, 2) of x and y: whole numbers are pixels of the frame,
                floats are shares of its width and height, from 0 to 1. What reaches beyond the frame is cut off. Or a
                mask (H, W) of bool, uint8 or floats in [0, 1], which is scaled to the frame.

        Raises:
            ArgumentError: If it is no such region. A region that lies outside the frame is found at the first frame.
        """
        return ModifiedMatte(make_restriction(RegionMask(region), outside=False), self)

    def outside(self, region: RegionLike) -> Matte:
        """Return a matte that finds the foreground outside a region only; see `inside`."""
        return ModifiedMatte(make_restriction(RegionMask(region), outside=True), self)

    def grow(self, pixels: float) -> Matte:
        """Return a matte whose outline lies further out.

        Args:
            pixels: By how many pixels of the frame, up to 1000; further in if negative. Fractions count.

        Raises:
            ArgumentError: If it is out of range.
        """
        return ModifiedMatte(make_growth(check_number("pixels", pixels, -1000, 1000, unit="pixels")), self)

    def map(self, function: Callable[..., NDArray[Any]]) -> Matte:
        """Return a matte whose confidence is passed through a function.

        Args:
            function: Gets the confidence, uint8 (H, W) of the frame's size, and returns one of that shape; it may
                write to it. A parameter `info` gets the `FrameInfo`. It is called in the order of the frames, perhaps
                in another thread.

        Raises:
            ArgumentTypeError: If it is not callable.
        """
        if not callable(function):
            raise ArgumentTypeError(f"map needs a function of the confidence, got {function!r}")
        return ModifiedMatte(make_mapping(function), self)

    def __invert__(self) -> Matte:
        """Return a matte whose foreground is this one's background. It corrects no colours."""
        return ModifiedMatte(make_inversion(), self)

    def __or__(self, other: Callable[..., NDArray[Any]]) -> Matte:
        """Return a matte that finds what this one or another one finds: the larger alpha.

        Args:
            other: A matte, or any callable `frame -> alpha`.

        Raises:
            ArgumentTypeError: If it is not callable.
        """
        return ModifiedMatte(make_union(), self, other)

    def __ror__(self, other: Callable[..., NDArray[Any]]) -> Matte:
        return ModifiedMatte(make_union(), other, self)

    def __and__(self, other: Callable[..., NDArray[Any]]) -> Matte:
        """Return a matte that finds what both this one and another one find: the smaller alpha; see `__or__`."""
        return ModifiedMatte(make_intersection(), self, other)

    def __rand__(self, other: Callable[..., NDArray[Any]]) -> Matte:
        return ModifiedMatte(make_intersection(), other, self)

    def __sub__(self, other: Callable[..., NDArray[Any]]) -> Matte:
        """Return a matte that finds what this one finds and another one does not: `a & ~b`; see `__or__`."""
        return self & ModifiedMatte(make_inversion(), other)

    def __rsub__(self, other: Callable[..., NDArray[Any]]) -> Matte:
        return ~self & other

    def __bool__(self) -> bool:
        """Raise an ArgumentTypeError: Python would answer `a or b` with one of the two, and `not a` with False."""
        raise ArgumentTypeError(
            f"{self.name} is a matte, neither true nor false: to combine mattes write a | b, a & b and ~a instead of "
            "a or b, a and b and not a; to ask whether there is one write `matte is not None`"
        )


_adapt: Callable[[Callable[..., Any]], Matte]


def set_adapter(adapt: Callable[[Callable[..., Any]], Matte]) -> None:
    """Set what makes a matte of any callable; `framechain.adapters`, which stands above, does so."""
    global _adapt
    _adapt = adapt


class ModifiedMatte(Matte):
    """One or two mattes and what is done to their confidence; the operators of `Matte` make it."""

    def __init__(self, modifier: Modifier, *things: Callable[..., Any]) -> None:
        """Join mattes or callables; each in the whole expression runs, and is opened, once."""
        self._modifier = modifier
        self._parts = [(thing, _adapt(thing)) for thing in things]
        # As a `BackgroundReplacement` does, edges are read once: later changes do not count.
        self._edges = [matte.edge for _, matte in self._parts]
        self._leaves: list[tuple[Callable[..., Any], Matte]] = []
        for thing, matte in self._parts:
            for leaf in matte._leaves if isinstance(matte, ModifiedMatte) else [(thing, matte)]:
                if all(leaf[0] is not known for known, _ in self._leaves):
                    self._leaves.append(leaf)

    @property
    def _mattes(self) -> list[Matte]:
        return [matte for _, matte in self._leaves]

    @property
    def name(self) -> str:
        """The names of the mattes, and what is done."""
        return self._modifier.template.format(*(matte.name for _, matte in self._parts))

    @property
    def keys(self) -> Mapping[str, str]:  # type: ignore[override]
        """The keys of all of them; the first one comes first."""
        return {key: use for matte in reversed(self._mattes) for key, use in matte.keys.items()}

    @property
    def problem(self) -> str | None:  # type: ignore[override]
        """The problems of all of them."""
        return " ".join(matte.problem for matte in self._mattes if matte.problem) or None

    @property
    def tunables(self) -> Sequence[Tunable]:
        """The numbers of all of them."""
        return [tunable for matte in self._mattes for tunable in matte.tunables]

    @property
    def levels(self) -> Sequence[str]:  # type: ignore[override]
        """Those of the first matte that has some."""
        return find_levels(self._mattes)

    def use_level(self, level: str) -> None:
        """Change each matte that has this level."""
        use_level(self._mattes, level)

    @property
    def edge(self) -> Edge:  # type: ignore[override]
        """The edge of the joined confidence."""
        return self._modifier.find_edge(*self._edges)

    @property
    def status(self) -> str | None:  # type: ignore[override]
        """The first status of a matte that has no answer yet."""
        return next((matte.status for matte in self._mattes if matte.status is not None), None)

    @property
    def works_on_yuv(self) -> bool:  # type: ignore[override]
        """True if all of them do."""
        return all(matte.works_on_yuv for matte in self._mattes)

    @property
    def can_prepare(self) -> bool:  # type: ignore[override]
        """True if all of them can."""
        return all(matte.can_prepare for matte in self._mattes)

    @property
    def needs_alpha(self) -> bool:  # type: ignore[override]
        """True if one of them does."""
        return any(matte.needs_alpha for matte in self._mattes)

    @property
    def memory(self) -> int | None:  # type: ignore[override]
        """That of the mattes, and what is done to them comes on top."""
        return add_up([find_longest(matte.memory for _, matte in self._parts), self._modifier.memory])

    @property
    def mixes_edges(self) -> bool:  # type: ignore[override]
        """True if one of them does."""
        return any(matte.mixes_edges for matte in self._mattes)

    @property
    def corrects_foreground(self) -> bool:  # type: ignore[override]
        """True if one of them does; an inverted one does not."""
        return any(matte.corrects_foreground for matte in self._correcting)

    @property
    def _correcting(self) -> list[Matte]:
        # What one matte takes for foreground is the background of an inverted one: nothing to correct by it.
        return [matte for _, matte in self._parts if matte.corrects_foreground and not self._modifier.inverts]

    def correct_foreground(self, frame: Image, alpha: NDArray[np.uint8]) -> Image:
        """Let each correct the foreground in turn."""
        for matte in self._correcting:
            frame = matte.correct_foreground(frame, alpha)
        return frame

    def __call__(self, frame: Image, info: FrameInfo | None = None) -> NDArray[np.uint8]:
        """Estimate the joined matte of an image: uint8 (H, W)."""
        height, width = frame.shape[:2]
        return resize(self.estimate(Frame(info or make_image_info("frame", frame), bgr=frame)), width, height)

    def estimate(self, frame: Frame) -> NDArray[np.uint8]:
        """Estimate the joined matte of a frame: uint8 (h, w), of its size or smaller."""
        return self._estimate(frame, {})

    def _estimate(self, frame: Frame, known: dict[int, NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Estimate the matte of a frame, given what is known already: the answer of each matte by its id."""
        for thing, matte in self._parts:
            if id(thing) not in known:
                found = matte._estimate(frame, known) if isinstance(matte, ModifiedMatte) else matte.estimate(frame)
                known[id(thing)] = check_confidence(found, matte.name)
        confidences = [known[id(thing)] for thing, _ in self._parts]
        return self._modifier.apply(confidences, self._edges, frame)

    def open(self, stream: StreamInfo) -> None:
        """Open each matte once."""
        for matte in self._mattes:
            matte.open(stream)
        self._reset_modifiers()

    def close(self) -> None:
        """Close each matte, whatever another one raises."""
        self._reset_modifiers()
        with contextlib.ExitStack() as closing:
            for matte in self._mattes:
                closing.callback(matte.close)

    def reset(self) -> None:
        """Let each matte forget what it learnt."""
        for matte in self._mattes:
            matte.reset()
        self._reset_modifiers()

    def _reset_modifiers(self) -> None:
        self._modifier.reset()
        for _, matte in self._parts:
            if isinstance(matte, ModifiedMatte):
                matte._reset_modifiers()

    def on_key(self, key: str) -> bool:
        """Offer a key to each matte; return True if one used it."""
        used = [matte.on_key(key) for matte in self._mattes]
        return any(used)
