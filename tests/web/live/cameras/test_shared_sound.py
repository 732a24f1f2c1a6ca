"""The sound of the server's camera: recorded by each session in step with what it shows."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import aiohttp
import pytest
from support.live_pages import Page, page, run, serving, visiting
from support.sound_cameras import Call, find_beeps, sound_camera
from support.web_maker import Maker

pytestmark = pytest.mark.slow


async def acknowledge(opened: Page) -> None:
    """Take all pictures that come, for ever."""
    for number in itertools.count(1):
        await opened.answer(number)
        await opened.socket.send_bytes(number.to_bytes(4, "big"))


async def record(client: aiohttp.ClientSession, path: Path) -> None:
    """Record for three seconds."""
    async with page(client, source="server") as opened:
        taking = asyncio.create_task(acknowledge(opened))
        await opened.answer(10)
        await opened.say("record")
        await asyncio.sleep(3)
        await opened.say("record")
        await opened.until(lambda: [one for one in opened.messages if "recorded " in one.get("text", "")])
        taking.cancel()
    (file,) = (await (await client.get("/api/recordings")).json())["recordings"]
    path.write_bytes(await (await client.get(file["url"])).read())


def test_recordings_of_two_sessions_of_one_camera_have_its_sound_in_step(tmp_path: Path) -> None:
    maker = Maker()
    maker.make_objects = lambda look: []  # type: ignore[method-assign]

    with sound_camera(Call()) as device:

        async def check() -> None:
            async with (
                serving(maker, camera=device.url) as server,
                visiting(server) as client,
                visiting(server) as other,
            ):
                first = asyncio.create_task(record(client, tmp_path / "first.mp4"))
                await asyncio.sleep(2)  # The other one comes later to the same camera.
                await record(other, tmp_path / "other.mp4")
                await first

        run(check)
    for name in ("first.mp4", "other.mp4"):
        beeps = find_beeps(tmp_path / name)
        assert len(beeps) >= 3
        assert max(abs(beep.late) for beep in beeps) < 0.04, beeps
