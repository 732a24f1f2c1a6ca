"""The camera of the server: opened for the first session, closed after the last, seen by all."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path

import numpy as np
import pytest
from support.cameras import Visit, camera, number_of, numbered, steadily, until
from support.live_pages import Page, calling, page, run, serving, visiting
from support.media import flats, write_clip

from framechain.options import CameraOptions


async def watch(opened: Page, count: int) -> list[int]:
    """Acknowledge pictures until there are so many; return their numbers."""
    for number in range(1, count + 1):
        await opened.answer(number)
        await opened.socket.send_bytes(number.to_bytes(4, "big"))
    return [number_of(255 - image) for _, image in opened.frames[:count] if image is not None]


@pytest.mark.slow
def test_sessions_share_one_connection_that_is_closed_after_the_last() -> None:
    with camera(steadily(30)) as device:

        async def check() -> None:
            async with serving(camera=device.url) as server, visiting(server) as client, visiting(server) as other:
                async with page(client, source="server") as opened:
                    numbers = await watch(opened, 8)
                    assert numbers == sorted(set(numbers))
                    async with page(other, source="server") as second:
                        seen = await watch(second, 5)
                        assert min(seen) > numbers[0]
                    await watch(opened, 12)
                assert len(device.visits) == 1
                state = await (await client.get("/api/state")).json()
                assert state["camera"]
                while any(thread.name == "framechain-shared-camera" for thread in threading.enumerate()):
                    await asyncio.sleep(0.02)

        run(check)


def test_pictures_wait_until_the_page_has_the_ones_before() -> None:
    with camera(steadily(60)) as device:

        async def check() -> None:
            async with (
                serving(camera=device.url) as server,
                visiting(server) as client,
                page(client, source="server") as opened,
            ):
                await opened.answer(2)
                sent = len(device.sent)
                while len(device.sent) < sent + 20:
                    await asyncio.sleep(0.01)
                assert len(opened.frames) == 2
                await opened.socket.send_bytes((1).to_bytes(4, "big"))
                image = await opened.answer(3)
                assert image is not None
                # It is a new one, not one that waited.
                assert number_of(255 - image) >= sent + 10

        run(check)


@pytest.mark.slow
def test_camera_that_is_lost_is_told_and_comes_back() -> None:
    is_back = threading.Event()
    with camera(steadily(30, 20), Visit(until(is_back))) as device:

        async def check() -> None:
            async with (
                serving(camera=device.url) as server,
                visiting(server) as client,
                page(client, source="server") as opened,
            ):
                await watch(opened, 6)
                while not any((one.get("notice") or "").startswith("camera lost") for one in opened.messages):
                    await asyncio.sleep(0.02)
                    await acknowledge(opened)
                count = len(opened.frames)
                is_back.set()
                while len(opened.frames) < count + 10:
                    await asyncio.sleep(0.02)
                    await acknowledge(opened)
                assert not any(one["type"] in ("error", "ended") for one in opened.messages)

        run(check)


async def acknowledge(opened: Page) -> None:
    with contextlib.suppress(ConnectionError):  # The server may have ended the session.
        await opened.socket.send_bytes(len(opened.frames).to_bytes(4, "big"))


def test_camera_that_cannot_be_opened_ends_the_session_with_its_sentence() -> None:
    async def check() -> None:
        options = CameraOptions(timeout=1)
        async with serving(camera="/dev/video97", camera_options=options) as server, visiting(server) as client:
            for _ in range(2):
                async with page(client, source="server") as opened:
                    assert "camera video97 cannot be opened" in (await opened.message("error"))["message"]

    run(check)


def test_webrtc_page_that_sends_no_camera_sees_that_of_the_server() -> None:
    with camera(steadily(30)) as device:

        async def check() -> None:
            async with (
                serving(camera=device.url) as server,
                visiting(server) as client,
                page(client, "webrtc", source="server") as opened,
                calling(opened, None) as caller,
            ):
                await caller.until(lambda: len(caller.pictures) > 5)
                assert caller.pictures[-1].shape == (120, 160, 3)
                number = number_of(255 - caller.pictures[-1])
                assert np.abs(255 - caller.pictures[-1].astype(int) - numbered(number)).mean() < 8

        run(check)


def test_file_that_stands_for_a_camera_ends_the_session_when_it_ends(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    write_clip(film, flats(25), rate=25)

    async def check() -> None:
        async with (
            serving(camera=str(film)) as server,
            visiting(server) as client,
            page(client, source="server") as opened,
        ):
            while not opened.is_over:
                await asyncio.sleep(0.02)
                await acknowledge(opened)
            assert (await opened.message("ended"))["reason"] == "the camera has ended"

    run(check)
