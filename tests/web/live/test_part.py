"""The live view from end to end: frames go in by JPEG or WebRTC, and what the chain makes of them comes back."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import numpy as np
import pytest
from support.live_pages import CameraTrack, blocks, calling, decode, encode, page, run, serving, visiting
from support.web_maker import Maker, Tint

from framechain import Engine
from framechain.pixels.image import Image
from framechain.web.live.jpeg import encode_jpeg

RED, GREEN, BLUE, GREY = (0, 0, 255), (0, 255, 0), (255, 0, 0), (128, 128, 128)
COLOURS = (RED, GREEN, BLUE, GREY)


def columns(image: Image) -> Any:
    """Return the mean colour of the middle of each of the four columns."""
    return np.array([image[60:180, 80 * part + 20 : 80 * part + 60].reshape(-1, 3).mean(0) for part in range(4)])


def noise(number: int) -> Image:
    rng = np.random.default_rng(number)
    return np.kron(rng.integers(0, 256, (15, 20, 3), np.uint8), np.ones((16, 16, 1), np.uint8))


def test_live_jpeg_gives_back_what_the_engine_makes_of_the_same_image() -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, page(client) as opened:
            for counter in range(1, 8):
                image = noise(counter)
                await opened.send(counter, image)
                expected = Engine(custom_objects=[Tint()]).process_image(decode(encode(image)))
                assert np.array_equal(await opened.answer(counter), decode(encode_jpeg(expected)))
            assert [counter for counter, _ in opened.frames] == list(range(1, 8))
            ready = await opened.message("ready")
            assert ready == {"type": "ready", "width": 320, "height": 240, "transport": "jpeg"}

    run(check)


@pytest.mark.slow
def test_live_webrtc_keeps_colours_on_both_ways() -> None:
    image = blocks(*COLOURS)

    async def check() -> None:
        camera = CameraTrack(lambda number: image)
        async with serving() as server, visiting(server) as client, page(client, "webrtc") as opened:
            async with calling(opened, camera) as caller:
                await caller.until(lambda: len(caller.pictures) > 20)
                found = columns(caller.pictures[-1])
                assert np.abs(found - (255 - np.array(COLOURS))).max() <= 3, found
            ready = await opened.message("ready")
            assert (ready["width"], ready["height"], ready["transport"]) == (320, 240, "webrtc")

    run(check)


def test_live_stats_come_each_second() -> None:
    async def check() -> None:
        async with (
            serving() as server,
            visiting(server) as client,
            page(client, "webrtc") as opened,
            calling(opened, CameraTrack(noise)) as caller,
        ):
            await caller.until(lambda: len(caller.pictures) > 5)
            stats = await opened.message("stats", 1)
            assert stats["frames"] >= stats["fps"] > 0
            assert stats["milliseconds"] > 0
            assert (stats["level"], stats["status"], stats["notice"]) == (None, None, None)
            assert stats["recording"] is False
            assert stats["dropped"] >= 0

    run(check)


@pytest.mark.slow
def test_live_images_that_come_faster_than_the_chain_works_are_dropped_and_counted() -> None:
    def work(frame: Image) -> Image:
        time.sleep(0.05)
        return frame

    async def check() -> None:
        async with serving(Maker(lambda: [work])) as server, visiting(server) as client, page(client) as opened:
            for counter in range(1, 31):
                await opened.send(counter, noise(counter))
                await asyncio.sleep(0.01)
            assert await opened.answer(30) is not None  # The newest one is never dropped.
            stats = (await opened.until(lambda: [one for one in opened.messages if one.get("frames", 0) > 1]))[-1]
            while stats["frames"] < len(opened.frames):
                stats = await opened.message("stats", len([one for one in opened.messages if one["type"] == "stats"]))
            assert stats["dropped"] == 30 - len(opened.frames)
            assert len(opened.frames) < 25

    run(check)


def test_live_object_that_raises_ends_the_session_with_its_sentence_and_the_server_lives() -> None:
    def fail(frame: Image) -> Image:
        raise RuntimeError("no more film")

    async def check() -> None:
        maker = Maker(lambda: [fail])
        async with serving(maker) as server, visiting(server) as client:
            async with page(client) as opened:
                await opened.send(1, noise(1))
                sentence = "fail raised RuntimeError at frame 0: no more film"
                assert await opened.message("error") == {"type": "error", "message": sentence}
                assert await opened.message("ended") == {"type": "ended", "reason": sentence}
                await opened.until(lambda: opened.is_over)
            maker.objects = tuple
            async with page(client) as opened:
                await opened.send(1, noise(1))
                assert await opened.answer(1) is not None

    run(check)


def test_live_more_sessions_than_the_limit_are_refused_and_the_place_of_one_that_leaves_is_free_at_once() -> None:
    async def check() -> None:
        async with serving(max_sessions=1) as server, visiting(server) as client, visiting(server) as other:
            async with page(client) as opened:
                await opened.send(1, noise(1))
                await opened.answer(1)
                async with page(other) as refused:
                    message = (await refused.message("error"))["message"]
                    assert message.startswith("the server carries 1 live session at a time, and no more is free")
                    await refused.until(lambda: refused.is_over)
            async with page(other) as opened:
                await opened.send(1, noise(1))
                assert await opened.answer(1) is not None

    run(check)


def test_live_visitor_who_leaves_without_a_word_frees_threads_and_the_run() -> None:
    async def check() -> None:
        names = {thread.name for thread in threading.enumerate()}
        async with (
            serving() as server,
            visiting(server) as client,
            page(client, "webrtc") as opened,
            calling(opened, CameraTrack(noise)) as caller,
        ):
            await caller.until(lambda: caller.pictures)
            assert "framechain-live" in {thread.name for thread in threading.enumerate()}
            began = time.monotonic()
            # The connection breaks: no closing message is sent.
            opened.socket._conn.transport.abort()  # type: ignore[union-attr]
            while _count_live_threads():
                assert time.monotonic() - began < 5
                await asyncio.sleep(0.05)
        assert {thread.name for thread in threading.enumerate()} - names <= {"asyncio_0", "asyncio_1"}

    run(check)


def _count_live_threads() -> int:
    return sum(thread.name.startswith("framechain") for thread in threading.enumerate())


def test_live_server_that_ends_tells_its_sessions_and_leaves_no_thread() -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, page(client) as opened, page(client) as silent:
            await opened.send(1, noise(1))
            await opened.answer(1)
            assert (await opened.message("ready"))["transport"] == "jpeg"
            began = time.monotonic()
            await server.close()
            await opened.until(lambda: opened.is_over)
            await silent.until(lambda: silent.is_over)
            assert opened.socket.close_code == 1001
            assert time.monotonic() - began < 5
            assert _count_live_threads() == 0

    run(check)


def test_live_visitor_who_is_silent_is_dropped_by_the_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framechain.web.live.part._HEARTBEAT_SECONDS", 0.2)

    async def check() -> None:
        async with serving() as server, visiting(server) as client:
            socket = await client.ws_connect("/api/live", autoping=False)
            await socket.send_json({"type": "start", "transport": "jpeg", "source": "browser"})
            while not _count_live_threads():
                await asyncio.sleep(0.01)
            # It is never read from: no pong is sent, as by a machine that is asleep.
            while _count_live_threads():
                await asyncio.sleep(0.05)
            await socket.close()

    run(check)


def test_live_page_that_starts_again_waits_for_its_own_run_to_end() -> None:
    slow = threading.Event()

    def linger(frame: Image) -> Image:
        slow.wait(0.5)
        return frame

    async def check() -> None:
        async with serving(Maker(lambda: [linger]), max_sessions=1) as server, visiting(server) as client:
            async with page(client) as opened:
                await opened.send(1, noise(1))
                await opened.message("ready")
                # It leaves while the object is at work.
            slow.set()
            async with page(client) as opened:
                await opened.send(1, noise(1))
                assert await opened.answer(1) is not None

    run(check)
