"""The connection to one browser: which addresses and codecs it offers, and what it does to aiortc."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.live_pages import CameraTrack, blocks, calling, page, run, serving, visiting

from framechain.web.live.webrtc.encoder import PageEncoder

SCENE = blocks((0, 0, 255), (0, 255, 0), (255, 0, 0), (128, 128, 128))


async def answer_of(opened: Any) -> list[str]:
    lines: list[str] = (await opened.message("answer"))["sdp"].splitlines()
    return lines


def test_answer_on_a_loopback_address_offers_that_address_and_vp8_alone() -> None:
    async def check() -> None:
        async with (
            serving() as server,
            visiting(server) as client,
            page(client, "webrtc") as opened,
            calling(opened, CameraTrack(lambda number: SCENE)) as caller,
        ):
            lines = await answer_of(opened)
            candidates = [line.split()[4] for line in lines if line.startswith("a=candidate:")]
            assert candidates == ["127.0.0.1"]
            codecs = {line.split()[1].split("/")[0] for line in lines if line.startswith("a=rtpmap:")}
            assert codecs == {"VP8", "rtx"}
            await caller.until(lambda: caller.pictures)

    run(check)


def test_answer_on_another_address_offers_those_of_the_machine() -> None:
    async def check() -> None:
        async with (
            serving(host="0.0.0.0", token="secret") as server,
            visiting(server, token="secret") as client,
            page(client, "webrtc") as opened,
            calling(opened, CameraTrack(lambda number: SCENE)) as caller,
        ):
            lines = await answer_of(opened)
            candidates = [line.split()[4] for line in lines if line.startswith("a=candidate:")]
            assert candidates
            assert "127.0.0.1" not in candidates
            await caller.until(lambda: caller.pictures)

    run(check)


@pytest.mark.slow
def test_picture_comes_back_before_the_next_image_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    # The caller's own aiortc would wait for the next picture: what the server encodes is watched.
    encoded: list[float] = []
    encode = PageEncoder.encode

    def spy(self: PageEncoder, frame: Any, force_keyframe: bool = False) -> Any:
        encoded.append(loop[0].time())
        return encode(self, frame, force_keyframe)

    monkeypatch.setattr(PageEncoder, "encode", spy)
    loop: list[asyncio.AbstractEventLoop] = []

    async def check() -> None:
        loop.append(asyncio.get_running_loop())
        camera = CameraTrack(lambda number: SCENE, rate=2)
        async with (
            serving() as server,
            visiting(server) as client,
            page(client, "webrtc") as opened,
            calling(opened, camera),
        ):
            while len(encoded) < 3:
                await asyncio.sleep(0.01)
            # The first image may be sent before the connection is up.
            assert 0 < encoded[2] - max(sent for sent in camera.sent if sent < encoded[2]) < 0.4

    run(check)


def test_receiver_that_lost_a_picture_gets_a_key_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    encode = PageEncoder.encode

    def spy(self: PageEncoder, frame: Any, force_keyframe: bool = False) -> Any:
        asked.append(force_keyframe)
        return encode(self, frame, force_keyframe)

    monkeypatch.setattr(PageEncoder, "encode", spy)

    async def check() -> None:
        async with (
            serving() as server,
            visiting(server) as client,
            page(client, "webrtc") as opened,
            calling(opened, CameraTrack(lambda number: SCENE)) as caller,
        ):
            await caller.until(lambda: len(caller.pictures) > 3)
            before = sum(asked)
            (receiver,) = caller.connection.getReceivers()
            (source,) = receiver.getSynchronizationSources()
            await receiver._send_rtcp_pli(source.source)
            await caller.until(lambda: sum(asked) > before)

    run(check)


def test_connection_that_the_browser_ends_ends_the_session() -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, page(client, "webrtc") as opened:
            async with calling(opened, CameraTrack(lambda number: SCENE)) as caller:
                await caller.until(lambda: caller.pictures)
            assert (await opened.message("ended"))["reason"] == "the connection to the browser was lost"

    run(check)
