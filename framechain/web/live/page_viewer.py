"""The page as the viewer of a run: it hands frames out, and does in the run's thread what the page asks for."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from ...basics.tunables import Tunable, read_tunables
from ...chain import Chain
from ...contracts import FrameObject
from ...errors import FramechainError
from ...frame import Frame
from ...live.keys import UNSHIFTED
from ...live.viewer import Viewer, ViewerControls
from ...results import call_hook
from ...steering import Stop
from ..look import ChainMaker, Look
from .page_recorder import PageRecorder
from .views import Original, make_view, needs_original

# An object that takes longer when the page has gone is left alone.
_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What the page asks for.

    Attributes:
        kind: What is to be done.
        value: The look, the key, the view, or where to record to.
    """

    kind: Literal["look", "key", "view", "snapshot", "record", "stop_recording"]
    value: Any = None


class Wishes(queue.SimpleQueue[Wish]):
    """What the page asks for, from any thread, also before the run has begun.

    Attributes:
        ended: When the page asked for the end, by `time.monotonic`; None before.
    """

    def __init__(self) -> None:
        """Begin without a wish."""
        self.ended: float | None = None

    def end(self) -> None:
        """Ask for the end of the run."""
        self.ended = self.ended or time.monotonic()


class Audience(Protocol):
    """Who gets to know what happens in a run; called in the run's thread."""

    def show(self, frame: Frame, index: int) -> None:
        """Take the newest picture; it is not written to."""

    def pass_over(self, index: int) -> None:
        """Note that there is no picture of a frame."""

    def report_look(self, look: Look) -> None:
        """Take a look that an object changed."""

    def report_text(self, text: str) -> None:
        """Take a sentence for the viewer."""

    def keep_snapshot(self, frame: Frame) -> None:
        """Take a frame that the viewer wants to keep; it is not written to."""


@dataclass(frozen=True, slots=True)
class PageChain:
    """The chain of a page.

    Attributes:
        maker: What made its objects.
        objects: The objects, without the first one.
        original: The first one.
        look: How they are set.
    """

    maker: ChainMaker
    objects: Sequence[Callable[..., Any]]
    original: Original
    look: Look


class PageViewer(Viewer):
    """The page as the viewer of a run.

    Attributes:
        notice: What the viewer should know now; None if all is well.
        status: What the objects say about themselves; None if nothing.
        level: The level of quality; None if there is none to choose.
    """

    def __init__(
        self,
        controls: ViewerControls,
        chain: PageChain,
        wishes: Wishes,
        audience: Audience,
        recorder: PageRecorder,
    ) -> None:
        """Begin with the view "result".

        Args:
            controls: What the page can change about the objects.
            chain: The objects.
            wishes: What the page asks for.
            audience: Who gets the frames.
            recorder: What the page starts and ends.
        """
        self._controls, self._chain, self._wishes = controls, chain, wishes
        self._audience, self._recorder = audience, recorder
        self._look = chain.look
        self._defaults: Mapping[str, float] | None = None
        self._view = "result"
        self._has_matte = any(thing.finds_alpha for thing in controls.objects)
        self.notice: str | None = None
        self.status: str | None = None
        self.level: str | None = None
        self._is_busy = False
        self._shown = -1
        self._frame: Frame | None = None
        # The page shows a status as text: drawn on the frame it would be mirrored with it.
        self._drawing = [thing for thing in controls.objects if thing.draws_status]

    @property
    def stopped(self) -> str | None:
        """That the page asked for the end, as "closed"."""
        return None if self._wishes.ended is None else "closed"

    @property
    def tuned(self) -> dict[str, float]:
        """The value of each tunable, by name."""
        return read_tunables(self._controls.tunables)

    def set_notice(self, text: str | None) -> None:
        """Keep a line for the page; the run calls this between two frames."""
        self.notice = text
        if self._chain.original.index > self._shown:  # An object left that frame out: no picture of it will come.
            self._shown = self._chain.original.index
            self._audience.pass_over(self._shown)

    def show(self, frame: Frame) -> None:
        """Hand out what the view shows of a frame, and do what the page asked for."""
        index, self._shown = frame.info.index, frame.info.index
        self._frame = frame
        picture = make_view(self._view, frame, self._chain.original.take(index), has_matte=self._has_matte)
        if picture is None:
            self._audience.pass_over(index)
        else:
            self._audience.show(picture, index)
        self.status = " - ".join(filter(None, map(_read_status, self._controls.objects))) or None
        self.level = self._controls.level()
        self._grant_wishes()

    def poll(self) -> None:
        """Do what the page asked for; if it has gone, leave an object that is waited for."""
        if self._wishes.ended is not None:
            if time.monotonic() - self._wishes.ended > _PATIENCE_SECONDS:
                raise Stop
        else:
            self._grant_wishes()

    def wait(self) -> None:
        """Do nothing: the page has no pause."""

    def _grant_wishes(self) -> None:
        if self._is_busy:
            return  # The run polls while an object handles a key: the next wish waits for that.
        self._is_busy = True
        try:
            while not self._wishes.empty():
                wish = self._wishes.get()
                try:
                    self._grant(wish)
                except FramechainError as error:
                    self._audience.report_text(str(error))
        finally:
            self._is_busy = False

    def _grant(self, wish: Wish) -> None:
        if wish.kind == "look":
            self._use_look(wish.value)
        elif wish.kind == "key":
            self._press(wish.value)
        elif wish.kind == "view":
            self._view = wish.value
            self._chain.original.is_wanted = needs_original(wish.value)
        elif wish.kind == "record":
            self._recorder.start(wish.value)
        elif wish.kind == "stop_recording":
            self._recorder.stop()
        elif self._frame is not None:
            self._audience.keep_snapshot(self._frame)

    def _use_look(self, look: Look) -> None:
        before, self._look = self._look, look
        for tunable in self._first_tunables():
            value = look.values.get(tunable.name)
            if value is None and tunable.name in before.values:
                value = self._find_defaults().get(tunable.name)
            if value is not None:
                position = min(tunable.positions, max(0, round((value - tunable.minimum) / tunable.step)))
                if position != tunable.position:
                    self._controls.turn(tunable, position)
        if look.background != before.background:
            change = lambda _: self._chain.maker.change_background(self._chain.objects, look)  # noqa: E731
            # As a tunable it is set where objects are called, within their time limit.
            self._controls.turn(Tunable("background", lambda: 0, change, 0, 1, 1), 1)

    def _first_tunables(self) -> Sequence[Tunable]:
        first: dict[str, Tunable] = {}
        for tunable in self._controls.tunables:
            first.setdefault(tunable.name, tunable)
        return list(first.values())

    def _find_defaults(self) -> Mapping[str, float]:
        """Return the values that tunables have where no look names them."""
        if self._defaults is None:
            chain = Chain(self._chain.maker.make_objects(replace(self._look, values={})))
            self._defaults = read_tunables(chain.tunables)
            with contextlib.suppress(FramechainError):  # An object may not expect to be closed unopened.
                chain.close()
        return self._defaults

    def _press(self, key: str) -> None:
        before = self.tuned
        unshifted = UNSHIFTED.get(key)
        if not self._controls.on_key(key) and unshifted is not None:
            self._controls.on_key(unshifted)
        changed = {name: value for name, value in self.tuned.items() if value != before.get(name)}
        if changed:
            self._look = replace(self._look, values={**self._look.values, **changed})
            self._audience.report_look(self._look)

    def __enter__(self) -> PageViewer:
        for thing in self._drawing:
            thing.draws_status = False
        return self

    def __exit__(self, *exception: object) -> None:
        for thing in self._drawing:
            thing.draws_status = True


def _read_status(thing: FrameObject) -> str | None:
    status: str | None = call_hook(thing.name, "status", lambda: thing.status)
    return status
