"""The live part of the server: one WebSocket for each run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from ..look import ChainMaker
from ..options import WebOptions
from ..refused import RefusedError
from ..shelf import Shelves
from ..visitors import VISITOR, Visitor, Visitors
from .cameras.shared_camera import SharedCamera
from .keeper import Keeper
from .recordings import Recordings
from .session import LiveSession, Message, Wire
from .start import read_message, read_start, read_wish

_log = logging.getLogger(__name__)
# A browser that does not answer within half of it more has gone, with or without a word.
_HEARTBEAT_SECONDS = 2.0
_START_SECONDS = 30.0
# How long a visitor who starts again waits for the end of an earlier session.
_ROOM_SECONDS = 6.0
_LARGEST_MESSAGE = 8 << 20


class Live:
    """The live runs of all visitors."""

    def __init__(self, options: WebOptions, visitors: Visitors, maker: ChainMaker, shelves: Shelves) -> None:
        """Prepare for sessions.

        Args:
            options: The limits, and the server's camera.
            visitors: Who may have sessions.
            maker: Makes the objects of each run.
            shelves: Where snapshots and recordings go.
        """
        self._options, self._visitors, self._maker, self._shelves = options, visitors, maker, shelves
        self._camera = None if options.camera is None else SharedCamera(options.camera, options.camera_options)
        self._sessions: dict[LiveSession, Visitor] = {}
        self._has_room = asyncio.Condition()
        self._sockets: set[web.WebSocketResponse] = set()

    def join(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/live", self._handle)
        Recordings(self._shelves).join(app)
        app.on_shutdown.append(self._end_all)
        self._visitors.on_leave.append(self._end_of)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        # Images and video hardly get smaller, and browsers wait for it.
        socket = web.WebSocketResponse(
            heartbeat=_HEARTBEAT_SECONDS, compress=False, max_msg_size=_LARGEST_MESSAGE, timeout=1.0
        )
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await self._serve(socket, request[VISITOR])
        finally:
            self._sockets.discard(socket)
            await socket.close()
        return socket

    async def _serve(self, socket: web.WebSocketResponse, visitor: Visitor) -> None:
        outgoing: asyncio.Queue[Message] = asyncio.Queue()
        sender = asyncio.create_task(_send_all(socket, outgoing))
        session: LiveSession | None = None
        try:
            first = await asyncio.wait_for(socket.receive(), _START_SECONDS)
            if first.type is not WSMsgType.TEXT:
                return
            wire = Wire(outgoing.put_nowait, socket.send_bytes)
            session = await self._open_session(read_start(read_message(first.data)), visitor, wire)
            await self._converse(socket, session, outgoing)
        except RefusedError as error:
            outgoing.put_nowait({"type": "error", "message": str(error)})
            outgoing.put_nowait({"type": "ended", "reason": str(error)})
        except asyncio.TimeoutError:
            pass
        finally:
            if session is not None:
                await self._close_session(session)
            await _finish(sender, outgoing)

    async def _open_session(self, start: Any, visitor: Visitor, wire: Wire) -> LiveSession:
        if start.source == "server" and self._camera is None:
            raise RefusedError(400, "this server has no camera of its own: start with the browser's")
        async with self._has_room:
            if any(session.is_ending for session in self._sessions):
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._has_room.wait_for(self._has_free_session), _ROOM_SECONDS)
            if not self._has_free_session():
                limit = self._options.max_sessions
                raise RefusedError(
                    429,
                    f"the server carries {limit} live {'session' if limit == 1 else 'sessions'} at a time, and no more "
                    "is free: try again when somebody has left",
                )
            keeper = Keeper(self._shelves.get(visitor))
            camera = self._camera if start.source == "server" else None
            session = LiveSession(
                start, visitor, self._maker, keeper, wire, camera=camera, loopback=self._options.is_loopback
            )
            self._sessions[session] = visitor
        session.begin()
        return session

    def _has_free_session(self) -> bool:
        return len(self._sessions) < self._options.max_sessions

    async def _close_session(self, session: LiveSession) -> None:
        try:
            await session.end()
        finally:
            async with self._has_room:
                del self._sessions[session]
                self._has_room.notify_all()

    async def _converse(
        self, socket: web.WebSocketResponse, session: LiveSession, outgoing: asyncio.Queue[Message]
    ) -> None:
        listening = asyncio.create_task(_listen(socket, session, outgoing))
        ending = asyncio.create_task(session.wait())
        telling = asyncio.create_task(_tell_stats(session, outgoing))
        try:
            await asyncio.wait({listening, ending}, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                reason = ending.result()
                if reason is not None:
                    outgoing.put_nowait({"type": "error", "message": reason})
                outgoing.put_nowait({"type": "ended", "reason": reason})
            elif not socket.closed:
                outgoing.put_nowait({"type": "ended", "reason": None})
        finally:
            for task in (listening, ending, telling):
                task.cancel()
            await asyncio.gather(listening, ending, telling, return_exceptions=True)

    async def _end_all(self, app: web.Application) -> None:
        await asyncio.gather(*(_say_goodbye(socket) for socket in list(self._sockets)), return_exceptions=True)
        await asyncio.gather(*(session.end() for session in list(self._sessions)), return_exceptions=True)

    async def _end_of(self, visitor: Visitor) -> None:
        for session, whose in list(self._sessions.items()):
            if whose is visitor:
                await session.end()


async def _listen(socket: web.WebSocketResponse, session: LiveSession, outgoing: asyncio.Queue[Message]) -> None:
    """Do what the page asks for, until it asks for the end or has gone."""
    async for message in socket:
        if message.type is WSMsgType.BINARY:
            session.take_bytes(message.data)
            continue
        try:
            asked = read_message(message.data)
            if asked["type"] == "stop":
                return
            if asked["type"] == "offer":
                sdp = asked.get("sdp")
                if not isinstance(sdp, str):
                    raise RefusedError(400, 'an offer must have its "sdp"')
                outgoing.put_nowait({"type": "answer", "sdp": await session.answer(sdp)})
            elif asked["type"] == "record":
                session.toggle_recording()
            else:
                session.wish(read_wish(asked))
        except RefusedError as error:
            if error.status != 429:
                outgoing.put_nowait({"type": "error", "message": str(error)})
                return
            outgoing.put_nowait({"type": "message", "text": str(error)})  # Such as that there is no room.


async def _tell_stats(session: LiveSession, outgoing: asyncio.Queue[Message]) -> None:
    while True:
        await asyncio.sleep(1.0)
        outgoing.put_nowait(session.make_stats())


async def _send_all(socket: web.WebSocketResponse, outgoing: asyncio.Queue[Message]) -> None:
    while message := await outgoing.get():
        await socket.send_json(message)


async def _finish(sender: asyncio.Task[None], outgoing: asyncio.Queue[Message]) -> None:
    """Send what waits; a browser that takes nothing has gone."""
    outgoing.put_nowait({})
    with contextlib.suppress(Exception):
        await asyncio.wait_for(sender, 1.0)


async def _say_goodbye(socket: web.WebSocketResponse) -> None:
    await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the server ends")
