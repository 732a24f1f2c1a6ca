"""Snapshots and recordings of live runs: kept, listed, given in parts, removed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import cv2
import numpy as np
import pytest
from support.live_pages import Page, blocks, decode, encode, page, run, serving, visiting
from support.media import see
from support.web_maker import Maker

from framechain.pixels.image import Image

SCENE = blocks((0, 0, 255), (0, 255, 0), (255, 0, 0), (128, 128, 128))
SEEN = decode(encode(SCENE))


async def list_kept(client: aiohttp.ClientSession) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = (await (await client.get("/api/recordings")).json())["recordings"]
    return kept


async def fetch(client: aiohttp.ClientSession, url: str, **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
    async with client.get(url, headers=headers) as response:
        return response, await response.read()


async def say_and_send(opened: Page, kind: str, text: str, first: int, image: Image = SCENE) -> int:
    """Ask for something, and send images until the page is told of it; return how many there were then."""
    await opened.say(kind)
    counter = first
    while not any(text in one.get("text", "") for one in opened.messages):
        await opened.send(counter, image)
        await opened.answer(counter)
        counter += 1
    return counter


def test_snapshot_is_a_png_of_the_result_in_full_quality() -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, page(client) as opened:
            await opened.send(1, SCENE)
            await opened.answer(1)
            await say_and_send(opened, "snapshot", "saved framechain-", 2)
            (file,) = await list_kept(client)
            assert file["kind"] == "image"
            assert file["expires_in"] == 3600
            response, data = await fetch(client, file["url"])
            assert response.content_type == "image/png"
            assert len(data) == file["size"]
            assert np.array_equal(decode(data), 255 - SEEN)

    run(check)


def test_snapshot_of_transparent_frames_has_alpha() -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client:
            (await client.post("/api/look", json={"background": "transparent"})).raise_for_status()
            async with page(client) as opened:
                await opened.send(1, SCENE)
                await opened.answer(1)
                await say_and_send(opened, "snapshot", "saved framechain-", 2)
                (file,) = await list_kept(client)
                _, data = await fetch(client, file["url"])
                image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
                assert image.shape == (240, 320, 4)
                assert np.array_equal(image[..., 3], np.repeat([[255] * 160 + [0] * 160], 240, axis=0))

    run(check)


def test_recording_holds_the_frames_from_its_start_to_its_end(tmp_path: Path) -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, page(client) as opened:
            counter = await say_and_send(opened, "record", "recording to recording_", 1)
            assert await list_kept(client) == []
            for number in range(counter, counter + 10):
                await opened.send(number, SCENE)
                await opened.answer(number)
                await asyncio.sleep(0.03)
            await say_and_send(opened, "record", "recorded recording_", counter + 10)
            (file,) = await list_kept(client)
            assert file["name"].endswith(".mp4")
            response, data = await fetch(client, file["url"] + "?download=1")
            assert response.content_type == "video/mp4"
            assert f'attachment; filename="{file["name"]}"' in response.headers["Content-Disposition"]
            (tmp_path / "back.mp4").write_bytes(data)
            seen = see(tmp_path / "back.mp4")
            assert seen.count >= 10
            assert np.abs(seen.bgr(5).astype(int) - (255 - SEEN)).mean() < 4
            assert 0.3 < seen.times[10] - seen.times[0] < 30
            # Browsers seek by asking for a part.
            part, middle = await fetch(client, file["url"], Range="bytes=100-199")
            assert (part.status, middle) == (206, data[100:200])

    run(check)


def test_recording_that_is_on_when_the_visitor_leaves_is_kept() -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client:
            async with page(client) as opened:
                counter = await say_and_send(opened, "record", "recording to recording_", 1)
                for number in range(counter, counter + 5):
                    await opened.send(number, SCENE)
                    await opened.answer(number)
            while not (kept := await list_kept(client)):
                await asyncio.sleep(0.02)
            assert kept[0]["size"] > 500

    run(check)


def test_recording_of_transparent_frames_is_webm() -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client:
            (await client.post("/api/look", json={"background": "transparent"})).raise_for_status()
            async with page(client) as opened:
                counter = await say_and_send(opened, "record", "recording to recording_", 1)
                counter = await say_and_send(opened, "record", "recorded recording_", counter)
                (file,) = await list_kept(client)
                response, data = await fetch(client, file["url"])
                assert response.content_type == "video/webm"
                assert data[:4] == b"\x1a\x45\xdf\xa3"

    run(check)


def test_recording_without_room_is_not_begun_and_the_session_goes_on() -> None:
    async def check() -> None:
        async with serving(max_storage=500_000) as server, visiting(server) as client, page(client) as opened:
            counter = await say_and_send(opened, "record", "there is no room: the server keeps at most", 1)
            await opened.send(counter, SCENE)
            assert await opened.answer(counter) is not None
            assert await list_kept(client) == []

    run(check)


@pytest.mark.slow
def test_recording_that_outgrows_the_room_is_ended_and_kept() -> None:
    noise = np.random.default_rng(0)

    async def check() -> None:
        async with serving(max_storage=1_200_000) as server, visiting(server) as client, page(client) as opened:
            await opened.say("record")
            counter = 0
            while not any("recorded recording_" in one.get("text", "") for one in opened.messages):
                counter += 1
                await opened.send(counter, noise.integers(0, 256, (480, 640, 3), np.uint8))
                await opened.answer(counter)
            texts = [one["text"] for one in opened.messages if one["type"] == "message"]
            assert any(text.startswith("there is no room") for text in texts), texts
            (file,) = await list_kept(client)
            assert file["size"] > 0

    run(check)


def test_file_of_another_visitor_is_not_there_and_one_that_was_removed_is_gone() -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, visiting(server) as other, page(client) as opened:
            await opened.send(1, SCENE)
            await opened.answer(1)
            await say_and_send(opened, "snapshot", "saved framechain-", 2)
            (file,) = await list_kept(client)
            assert await list_kept(other) == []
            for response in (await other.get(file["url"]), await other.delete(file["url"])):
                assert response.status == 404
                assert (await response.json())["error"] == "there is no such file: it was removed, or its time is over"
            assert (await client.delete(file["url"])).status == 200
            assert await list_kept(client) == []
            assert (await client.get(file["url"])).status == 404

    run(check)


@pytest.mark.slow
def test_kept_files_are_removed_when_their_minutes_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framechain.web.shelf._LOOK_SECONDS", 0.05)

    async def check() -> None:
        async with serving(Maker(), keep_minutes=0.01) as server, visiting(server) as client, page(client) as opened:
            await opened.send(1, SCENE)
            await opened.answer(1)
            await say_and_send(opened, "snapshot", "saved framechain-", 2)
            assert len(await list_kept(client)) == 1
            while await list_kept(client):
                await asyncio.sleep(0.1)

    run(check)
