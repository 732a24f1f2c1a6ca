"""Visitors who upload, cancel, remove, break off and download at random leave nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientTimeout
from support.media import photos, write_clip
from support.seeds import make_random
from support.web_jobs import Browser, Served, browsing, serving_jobs

from framechain.web.options import WebOptions

PHOTO = Path("samples/portrait.jpg")
ROUNDS, VISITORS = 150, 4


async def break_off(browser: Browser) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield bytes(10_000)
        await asyncio.sleep(60)

    with contextlib.suppress(ClientError, asyncio.TimeoutError):
        await browser.upload(body(), "broken.mp4", timeout=ClientTimeout(total=0.05))


async def act(browser: Browser, chance: random.Random, contents: list[bytes]) -> None:
    """Do one of the things that a visitor does."""
    _, listed = await browser.ask("/api/jobs")
    action = chance.choice(["upload", "upload", "cancel", "remove", "download", "zip", "break off", "too large"])
    job = chance.choice(listed["jobs"]) if listed["jobs"] else None
    if action == "upload":
        answer = await browser.upload(chance.choice(contents), chance.choice(["a.mp4", "b.jpg", "../c"]))
        assert answer["status"] in (200, 429), answer
    elif action == "break off":
        await break_off(browser)
    elif action == "too large":
        assert (await browser.upload(bytes(3_000_001), "large"))["status"] in (413, 429)
    elif action == "zip":
        answer, _ = await browser.download("/api/results.zip")
        assert answer.status in (200, 404)
    elif job is not None and action == "cancel":
        assert (await browser.ask(f"/api/jobs/{job['id']}/cancel", "POST"))[0] == 200
    elif job is not None and action == "remove":
        assert (await browser.ask(f"/api/jobs/{job['id']}", "DELETE"))[0] == 200
    elif job is not None:
        answer, _ = await browser.download(f"/api/jobs/{job['id']}/result")
        assert answer.status in (200, 409)


async def visit_at_random(served: Served, seed: int, contents: list[bytes]) -> None:
    chance = random.Random(seed)
    async with browsing(served) as browser:
        for _ in range(ROUNDS):
            await act(browser, chance, contents)
            await asyncio.sleep(chance.random() * 0.05)
        _, listed = await browser.ask("/api/jobs")
        for job in listed["jobs"]:
            await browser.ask(f"/api/jobs/{job['id']}", "DELETE")


@pytest.mark.slow
def test_visitors_at_random_leave_no_file_thread_or_open_file(tmp_path: Path) -> None:
    clip = Path(write_clip(tmp_path / "clip.mp4", photos(40)))
    contents = [clip.read_bytes(), PHOTO.read_bytes(), b"no media", clip.read_bytes()[:-2000]]
    chance = make_random()

    async def main() -> None:
        async with serving_jobs(WebOptions(max_upload=3_000_000, max_jobs=6)) as served:
            await asyncio.gather(
                *(visit_at_random(served, chance.randrange(1 << 30), contents) for _ in range(VISITORS))
            )
            async with browsing(served) as browser:
                # What was broken off or cancelled a moment ago ends before the next job does.
                job = await browser.process(PHOTO, "last.jpg")
                assert job["state"] == "done"
                await browser.ask(f"/api/jobs/{job['id']}", "DELETE")
            while served.list_files():
                await asyncio.sleep(0.01)
            assert served.shelves.used == 0

    before = threading.active_count(), len(os.listdir("/proc/self/fd"))
    asyncio.run(asyncio.wait_for(main(), 250))
    after = threading.active_count(), len(os.listdir("/proc/self/fd"))
    assert after[0] <= before[0]
    assert after[1] <= before[1] + 3
