"""Visitors who come and go leave nothing: no thread, no open file, no memory."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import psutil
import pytest
from aiohttp.test_utils import TestServer
from support.live_pages import CameraTrack, calling, page, run, serving, visiting

_SCENE = np.kron(np.random.default_rng(0).integers(0, 256, (15, 20, 3), np.uint8), np.ones((16, 16, 1), np.uint8))

# Threads of the event loop's pool, which stay.
_POOL = min(32, (os.cpu_count() or 1) + 4)

pytestmark = pytest.mark.slow


@dataclass
class Held:
    """What this process holds."""

    threads: int
    files: int
    tasks: int
    megabytes: float


def look() -> Held:
    gc.collect()
    if sys.platform.startswith("linux"):
        with contextlib.suppress(AttributeError):  # Only glibc keeps what is free for later.
            ctypes.CDLL(None).malloc_trim(0)
    process: Any = psutil.Process()
    files = process.num_fds() if sys.platform != "win32" else process.num_handles()
    return Held(threading.active_count(), files, len(asyncio.all_tasks()), process.memory_info().rss / 1e6)


async def settle(before: Held) -> Held:
    """Wait until as little is held as before."""
    now, deadline = look(), time.monotonic() + 30
    while now.threads > before.threads or now.files > before.files or now.tasks > before.tasks:
        assert time.monotonic() < deadline, (before, now, [thread.name for thread in threading.enumerate()])
        await asyncio.sleep(0.1)
        now = look()
    return now


async def come_by_jpeg(server: TestServer) -> None:
    async with visiting(server) as client, page(client) as opened:
        for counter in (1, 2, 3):
            await opened.send(counter, _SCENE)
            assert await opened.answer(counter) is not None


async def come_by_webrtc(server: TestServer) -> None:
    async with (
        visiting(server) as client,
        page(client, "webrtc") as opened,
        calling(opened, CameraTrack(lambda number: _SCENE)) as caller,
    ):
        await caller.until(lambda: len(caller.pictures) > 3)


@pytest.mark.parametrize(
    ("come", "at_once", "visits"), [(come_by_jpeg, 20, 200), (come_by_webrtc, 4, 60)], ids=["jpeg", "webrtc"]
)
def test_visitors_who_come_and_go_leave_nothing(
    come: Callable[[TestServer], Awaitable[None]], at_once: int, visits: int
) -> None:
    async def check() -> None:
        async with serving(max_sessions=at_once) as server:
            empty = look()
            # The first visitors load libraries, and fill the pool of threads and of memory.
            for _ in range(2):
                await asyncio.gather(*(come(server) for _ in range(at_once)))
            before = await settle(replace(empty, threads=empty.threads + _POOL, files=1 << 20))
            before = replace(before, threads=empty.threads + _POOL)  # The pool may not be full yet.
            for _ in range(visits // at_once):
                await asyncio.gather(*(come(server) for _ in range(at_once)))
            after = await settle(before)
            # A decoded image has 0.2 MB: 200 visitors who left one each would leave 40.
            assert after.megabytes < before.megabytes + 30, (before, after)

    run(check)
