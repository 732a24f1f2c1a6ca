"""One live run of a page: from its start to the moment when nothing of it is left."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ...chain import Chain
from ...contracts import Source
from ...errors import FramechainError
from ...frame import Frame
from ...live.viewer import Viewer, ViewerControls
from ...options import MAX_FAILURES
from ...run.control import RunControl
from ...run.run import run
from ...run.run_options import RunOptions
from ...run.sink_openers import make_opener
from ..look import ChainMaker, Look
from ..refused import RefusedError
from ..transfer.names import hide_paths
from ..visitors import Visitor
from .cameras.browser_camera import BrowserCamera
from .cameras.feed import Feed
from .cameras.shared_camera import SharedCamera
from .jpeg import JpegLink
from .keeper import Keeper
from .outbox import Meter, call_in_loop
from .page_recorder import PageRecorder
from .page_viewer import PageChain, PageViewer, Wish, Wishes
from .start import Start
from .views import Original
from .webrtc.browser_microphone import make_audio
from .webrtc.peer import Peer

_log = logging.getLogger(__name__)
# Models may have to be loaded meanwhile, and the visitor asked for the camera.
_FIRST_IMAGE_SECONDS = 20.0
_FAREWELL_SECONDS = 4.0
_MOST_WISHES = 1000

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wire:
    """How a session speaks to its page.

    Attributes:
        post: Sends a message soon; call it in the event loop.
        send: Sends bytes.
    """

    post: Callable[[Message], object]
    send: Callable[[bytes], Awaitable[None]]


class LiveSession:
    """One live run of a page. Use it in the event loop; what the run calls is marked.

    Attributes:
        is_ending: Whether it frees what it holds.
        is_recording: Whether a recording is on.
    """

    def __init__(
        self,
        start: Start,
        visitor: Visitor,
        maker: ChainMaker,
        keeper: Keeper,
        wire: Wire,
        *,
        camera: SharedCamera | None,
        loopback: bool,
    ) -> None:
        """Prepare a run.

        Args:
            start: What the page asked for.
            visitor: Whose run it is.
            maker: Makes the objects.
            keeper: Keeps snapshots and recordings.
            wire: Speaks to the page.
            camera: The server's camera; None for the browser's.
            loopback: Whether only browsers of this machine are served.
        """
        self._start, self._visitor, self._maker, self._keeper, self._wire = start, visitor, maker, keeper, wire
        self._loop = asyncio.get_running_loop()
        self._shared = camera
        self._feed = Feed()
        self._meter = Meter()
        self._control, self._wishes = RunControl(), Wishes()
        own_feed = self._feed if camera is None else None
        self._peer: Peer | None = None
        self._link: JpegLink | None = None
        if start.transport == "webrtc":
            self._feed.audio = make_audio() if own_feed is not None and start.has_audio else None
            self._peer = Peer(own_feed, self._meter, loopback=loopback, on_lost=self._lose_connection)
        else:
            self._link = JpegLink(own_feed, self._meter, send=wire.send)
        self._source: BrowserCamera | None = None
        self._original = Original()
        self._viewer: PageViewer | None = None
        self._has_ended = asyncio.Event()
        self._reason: str | None = None
        self.is_ending = False
        self.is_recording = False
        self._thread = threading.Thread(target=self._run, name="framechain-live", daemon=True)

    def begin(self) -> None:
        """Start the run."""
        if self._shared is not None:
            self._shared.join(self._feed)
        self._visitor.on_look.append(self._take_look)
        self._thread.start()

    # What the page asks for

    async def answer(self, offer: str) -> str:
        """Connect by WebRTC; see `Peer.answer`.

        Raises:
            RefusedError: If it is no offer, or the session has another transport.
        """
        if self._peer is None:
            raise RefusedError(400, "this session was started with JPEG: an offer of WebRTC is of no use")
        return await self._peer.answer(offer)

    def take_bytes(self, message: bytes) -> None:
        """Take a binary message of the page."""
        if self._link is not None:
            self._link.take(message)

    def wish(self, wish: Wish) -> None:
        """Do something in the run's thread, between two frames; of very many wishes at once some are lost."""
        if self._wishes.qsize() < _MOST_WISHES:
            self._wishes.put(wish)

    def toggle_recording(self) -> None:
        """Start a recording, or end the one that is on.

        Raises:
            RefusedError: If there is no room for one.
        """
        if self.is_recording:
            self._wishes.put(Wish("stop_recording"))
        else:
            self._wishes.put(Wish("record", str(self._keeper.prepare_recording())))

    def _take_look(self, look: Look) -> None:
        self._wishes.put(Wish("look", look))

    def make_stats(self) -> Message:
        """Return what the page shows of the last second."""
        rate, milliseconds = self._meter.take()
        source, viewer = self._source, self._viewer
        if self.is_recording:
            try:
                self._keeper.measure_recording()
            except RefusedError as error:
                self._wishes.put(Wish("stop_recording"))
                self._wire.post({"type": "message", "text": str(error)})
        return {
            "type": "stats",
            "fps": round(rate, 1),
            "dropped": 0 if source is None else source.dropped + self._original.missed,
            "milliseconds": None if milliseconds is None else round(milliseconds, 1),
            "level": None if viewer is None else viewer.level,
            "status": None if viewer is None else viewer.status,
            "notice": self._feed.read_notice() if viewer is None else viewer.notice,
            "recording": self.is_recording,
            "frames": self._meter.frames,
        }

    # The end

    async def wait(self) -> str | None:
        """Wait for the end of the run; return why it ended by itself, as a sentence, or None if it was told to."""
        await self._has_ended.wait()
        return self._reason

    def _lose_connection(self) -> None:
        self._reason = self._reason or "the connection to the browser was lost"
        self._stop()

    def _stop(self) -> None:
        self._wishes.end()
        self._control.stop()
        self._feed.cancel()

    async def end(self) -> None:
        """End the run, and wait until nothing of it is left."""
        self.is_ending = True
        with contextlib.suppress(ValueError):
            self._visitor.on_look.remove(self._take_look)
        self._stop()
        if self._shared is not None:
            self._shared.leave(self._feed)
        if self._peer is not None:
            await self._peer.close()
        if self._link is not None:
            await self._link.close()
        try:
            await asyncio.wait_for(self._has_ended.wait(), _FAREWELL_SECONDS)
            await self._loop.run_in_executor(None, self._thread.join, _FAREWELL_SECONDS)
        except asyncio.TimeoutError:
            _log.warning("a live run does not end: an object hangs and is left alone")
        await self._keeper.finish()

    # In the run's thread

    def _run(self) -> None:
        reason: str | None = None
        try:
            reason = self._run_chain()
        except FramechainError as error:
            reason = hide_paths(str(error))
        except BaseException as error:  # Also SystemExit of an object: the page must get to know of the end.
            _log.exception("a live run has failed")
            reason = f"the run has failed by a fault of the program: {type(error).__name__}"
        call_in_loop(self._loop, self._note_end, reason)

    def _note_end(self, reason: str | None) -> None:
        self._reason = self._reason or (None if self.is_ending else reason)
        self._has_ended.set()

    def _run_chain(self) -> str | None:
        look, original = self._visitor.look, self._original
        objects = self._maker.make_objects(look)
        chain = Chain([original, *objects])
        recorder = PageRecorder(self, gives_alpha=lambda: chain.gives_alpha)

        def open_viewer(controls: ViewerControls, source: Source, _: object) -> Viewer:
            page_chain = PageChain(self._maker, objects, original, look)
            self._viewer = PageViewer(controls, page_chain, self._wishes, self, recorder)
            width, height = source.info.width, source.info.height
            self._post({"type": "ready", "width": width, "height": height, "transport": self._start.transport})
            return self._viewer

        options = RunOptions(open_viewer=open_viewer, tune=True, max_failures=MAX_FAILURES, control=self._control)
        result = run(chain, self._open_source, [make_opener(recorder)], options=options)
        return None if result.stopped else "the camera has ended"

    def _open_source(self) -> Source:
        self._source = BrowserCamera(
            self._feed,
            name="the camera of the server" if self._shared is not None else "the camera of the browser",
            seconds=_FIRST_IMAGE_SECONDS,
            size=self._start.size,
            on_lost=self._answer_lost,
        )
        return self._source

    def _post(self, message: Message) -> None:
        call_in_loop(self._loop, self._wire.post, message)

    def _find_moment(self, frame: Frame) -> float:
        assert self._source is not None
        return self._source.zero + frame.info.time

    def show(self, frame: Frame, index: int) -> None:
        """Send a picture; called by the run."""
        assert self._source is not None
        counter, moment = self._source.take_counter(index), self._find_moment(frame)
        if self._peer is not None:
            self._peer.track.show(frame, moment)
        elif self._link is not None:
            self._link.show(frame, counter, moment)

    def pass_over(self, index: int) -> None:
        """Answer an image that has no picture; called by the run."""
        assert self._source is not None
        self._answer_lost(self._source.take_counter(index))

    def _answer_lost(self, counter: int) -> None:
        if self._link is not None:
            self._link.pass_over(counter, time.monotonic())

    def report_look(self, look: Look) -> None:
        """Take a look that an object changed; called by the run."""
        call_in_loop(self._loop, self._change_look, look)

    def _change_look(self, look: Look) -> None:
        self._visitor.set_look(look)
        self._wire.post({"type": "look", "look": look.as_json()})

    def report_text(self, text: str) -> None:
        """Take a sentence for the page; called by the run."""
        self._post({"type": "message", "text": hide_paths(text)})

    def keep_snapshot(self, frame: Frame) -> None:
        """Keep a frame as a PNG; called by the run."""
        call_in_loop(self._loop, self._keep_snapshot, frame)

    def _keep_snapshot(self, frame: Frame) -> None:
        self._keeper.keep_snapshot(frame, lambda text: self._wire.post({"type": "message", "text": text}))

    def begin_recording(self, path: str) -> None:
        """Note that a recording has begun; called by the run."""
        call_in_loop(self._loop, self._note_recording, True, path)

    def end_recording(self, path: str | None) -> None:
        """Note that a recording has ended; called by the run."""
        call_in_loop(self._loop, self._note_recording, False, path)

    def _note_recording(self, is_on: bool, path: str | None) -> None:
        self.is_recording = is_on
        text = self._keeper.begin_recording(path or "") if is_on else self._keeper.end_recording(path)
        self._wire.post({"type": "message", "text": text})
