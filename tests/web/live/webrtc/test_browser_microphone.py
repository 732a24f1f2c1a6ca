"""The microphone of a browser: recorded in step with its camera."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from support.live_pages import CameraTrack, MicrophoneTrack, calling, page, run, serving, visiting
from support.web_maker import Maker

from framechain.pixels.image import Image
from framechain.pixels.pyav import av


def make_identity() -> Maker:
    """Return what makes a chain that changes nothing."""
    maker = Maker()
    maker.make_objects = lambda look: []  # type: ignore[method-assign]
    return maker


def read_film(data: bytes) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return (seconds, brightness) of each frame, and (seconds, loudness) of each millisecond."""
    with av.open(io.BytesIO(data)) as film:
        images = [(float(frame.time), float(frame.to_ndarray(format="gray").mean())) for frame in film.decode(video=0)]
    sounds = []
    with av.open(io.BytesIO(data)) as film:
        for frame in film.decode(audio=0):
            samples: Any = frame.to_ndarray().astype(float)
            samples = samples[0] if samples.shape[0] > 1 else samples.reshape(-1, len(frame.layout.channels))[:, 0]
            step = frame.sample_rate // 1000
            for at in range(0, len(samples) - step + 1, step):
                sounds.append(
                    (float(frame.time) + at / frame.sample_rate, float(np.abs(samples[at : at + step]).max()))
                )
    return images, sounds


def find_rise(values: Sequence[tuple[float, float]]) -> float:
    """Return when values first exceed half of their largest."""
    half = max(value for _, value in values) / 2
    return next(seconds for seconds, value in values if value > half)


@pytest.mark.slow
def test_recording_has_the_sound_in_step_with_the_images() -> None:
    async def check() -> None:
        microphone = MicrophoneTrack()
        shown: list[Image] = [np.full((240, 320, 3), 20, np.uint8)]
        camera = CameraTrack(lambda number: shown[-1])
        async with (
            serving(make_identity()) as server,
            visiting(server) as client,
            page(client, "webrtc", audio=True) as opened,
            calling(opened, camera, microphone) as caller,
        ):
            await caller.until(lambda: len(caller.pictures) > 10)
            await opened.say("record")
            await opened.until(lambda: [one for one in opened.messages if "recording to" in one.get("text", "")])
            await asyncio.sleep(0.7)
            shown.append(np.full((240, 320, 3), 220, np.uint8))
            microphone.is_loud = True
            await asyncio.sleep(0.7)
            await opened.say("record")
            await opened.until(lambda: [one for one in opened.messages if "recorded " in one.get("text", "")])
            (file,) = (await (await client.get("/api/recordings")).json())["recordings"]
            images, sounds = read_film(await (await client.get(file["url"])).read())
            assert len(images) > 15
            assert abs(find_rise(images) - find_rise(sounds)) < 0.15
            assert find_rise(images) > 0.5

    run(check)


@pytest.mark.slow
def test_sound_that_was_not_asked_for_is_not_recorded() -> None:
    async def check() -> None:
        microphone = MicrophoneTrack()
        microphone.is_loud = True
        camera = CameraTrack(lambda number: np.full((240, 320, 3), 20, np.uint8))
        async with (
            serving(make_identity()) as server,
            visiting(server) as client,
            page(client, "webrtc") as opened,
            calling(opened, camera, microphone) as caller,
        ):
            await caller.until(lambda: len(caller.pictures) > 3)
            await opened.say("record")
            await opened.until(lambda: [one for one in opened.messages if "recording to" in one.get("text", "")])
            await asyncio.sleep(0.3)
            await opened.say("record")
            await opened.until(lambda: [one for one in opened.messages if "recorded " in one.get("text", "")])
            (file,) = (await (await client.get("/api/recordings")).json())["recordings"]
            with av.open(io.BytesIO(await (await client.get(file["url"])).read())) as film:
                assert [stream.type for stream in film.streams] == ["video"]

    run(check)
