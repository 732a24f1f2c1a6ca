"""The limits of uploads and jobs, who is next, and what is left when a visitor or the time is gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError
from support.disks import small_disk
from support.media import photos, write_clip
from support.page_client import find_origin
from support.patience import PATIENCE
from support.web_jobs import Browser, Served, browsing, serving_jobs, visit
from support.web_maker import Gate, Maker

from framechain.web.look import Look
from framechain.web.options import WebOptions
from framechain.web.transfer.uploads import receive_upload

PHOTO = Path("samples/portrait.jpg")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return Path(write_clip(tmp_path / "clip.mp4", photos(12)))


async def until(look: Any) -> None:
    async def wait() -> None:
        while not look():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), PATIENCE)


async def in_parts(size: int, part: int = 1 << 16) -> AsyncIterator[bytes]:
    """A body whose length is not said."""
    for start in range(0, size, part):
        yield bytes(min(part, size - start))


@pytest.mark.parametrize("is_length_said", [True, False])
def test_upload_above_the_limit_is_refused_and_leaves_nothing(is_length_said: bool) -> None:
    async def use(browser: Browser, served: Served) -> None:
        body = bytes(300_001) if is_length_said else in_parts(300_001)
        answer = await browser.upload(body, "large.mp4")
        assert answer == {
            "status": 413,
            "error": "the file is too large: the server takes 0.3 MB at most for an upload",
        }
        assert served.list_files() == []
        assert served.shelves.used == 0
        for body in (bytes(300_000), in_parts(300_000)):
            assert (await browser.upload(body, "x"))["status"] == 200

    visit(use, WebOptions(max_upload=300_000))


@pytest.mark.parametrize("is_length_said", [True, False])
def test_upload_without_room_for_it_is_refused_and_leaves_nothing(is_length_said: bool) -> None:
    async def use(browser: Browser, served: Served) -> None:
        answer = await browser.upload(bytes(500_001) if is_length_said else in_parts(500_001), "large.mp4")
        assert answer["status"] == 429
        assert "at most" in answer["error"]
        assert served.list_files() == []
        assert served.shelves.used == 0

    visit(use, WebOptions(max_storage=500_000))


def test_upload_that_is_empty_is_refused() -> None:
    async def use(browser: Browser, served: Served) -> None:
        answer = await browser.upload(b"", "empty.mp4")
        assert answer == {"status": 400, "error": "the upload is empty: choose a file with content"}
        assert served.list_files() == []

    visit(use)


def test_upload_onto_a_full_disk_is_refused_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from framechain.web.transfer import uploads

    monkeypatch.setattr(uploads, "_create", lambda file: file.path.touch() or open("/dev/full", "wb", buffering=0))  # noqa: SIM115

    async def use(browser: Browser, served: Served) -> None:
        answer = await browser.upload(PHOTO, "me.jpg")
        assert answer == {"status": 429, "error": "the disk of the server is full: remove results, or come again later"}
        assert served.list_files() == []
        assert served.shelves.used == 0

    visit(use)


def test_disk_that_is_soon_full_takes_neither_upload_nor_result_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = Path(write_clip(tmp_path / "clip.mp4", photos(30, 320, 240)))
    size = clip.stat().st_size >> 10
    with small_disk(tmp_path / "disk") as resized:
        monkeypatch.setattr("tempfile.tempdir", str(resized(size + 16)))

        async def use(browser: Browser, served: Served) -> None:
            answer = await browser.upload(bytes((size + 80) << 10), "large.mp4")
            assert answer["status"] == 429
            assert answer["error"].startswith("the disk of the server is full")
            assert not [path for path in served.list_files() if path.parent.name != served.visitors.folder.name]
            job = await browser.process(clip, "clip.mp4")
            assert (job["state"], job["result"]) == ("failed", None)
            assert job["message"] == "cannot write clip_out.mp4: No space left on device"
            resized(4096)
            assert (await browser.process(clip, "clip.mp4"))["state"] == "done"

        visit(use)


def test_object_that_hangs_fails_its_job_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framechain.web.jobs.file_run._OBJECT_SECONDS", 0.2)
    gate, objects = Gate(), []
    objects.append(gate)

    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(PHOTO, "me.jpg")
        assert job["state"] == "failed"
        assert "Gate" in job["message"]
        assert "0.2 s" in job["message"]
        objects.clear()
        assert (await browser.process(PHOTO, "me.jpg"))["state"] == "done"
        gate.may_pass.set()

    visit(use, maker=Maker(lambda: objects))


def test_upload_that_breaks_off_leaves_nothing_and_takes_no_place() -> None:
    async def use(browser: Browser, served: Served) -> None:
        for length in ("Content-Length: 900000", "Transfer-Encoding: chunked"):
            _, writer = await asyncio.open_connection(served.server.host, served.server.port)
            cookies = browser.client.cookie_jar.filter_cookies(served.server.make_url("/"))
            cookie = "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())
            origin = find_origin(served.server)
            lines = (
                "POST /api/jobs?name=a.mp4 HTTP/1.1",
                f"Host: {origin.removeprefix('http://')}",
                f"Origin: {origin}",
                f"Cookie: {cookie}",
            )
            head = "\r\n".join([*lines, length, "", ""])
            writer.write(head.encode() + b"1000\r\n" + bytes(4096) + b"\r\n")
            await writer.drain()
            await until(lambda: served.list_files())
            writer.close()
            await until(lambda: not served.list_files())
            assert served.shelves.used == 0
        assert await browser.ask("/api/jobs") == (200, {"jobs": []})
        assert (await browser.process(PHOTO, "me.jpg"))["state"] == "done"

    visit(use, WebOptions(max_jobs=1))


def test_upload_that_falls_silent_is_refused_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def impatient(*arguments: Any, **named: Any) -> None:
        await receive_upload(*arguments, **named, silence=0.05)

    monkeypatch.setattr("framechain.web.jobs.part.receive_upload", impatient)

    async def use(browser: Browser, served: Served) -> None:
        ended = asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield bytes(1000)
            await ended.wait()

        with contextlib.suppress(ClientError):
            answer = await browser.upload(body(), "a.mp4")
            assert answer["status"] == 400
            assert "nothing came for 0.05 s" in answer["error"]
        ended.set()
        assert served.list_files() == []

    visit(use)


def test_upload_beyond_the_number_of_jobs_is_refused_until_one_is_over(clip: Path) -> None:
    gate = Gate()

    async def main() -> None:
        async with (
            serving_jobs(WebOptions(max_jobs=2), Maker(lambda: [gate])) as served,
            browsing(served) as one,
            browsing(served) as other,
        ):
            first, _ = await one.upload(clip, "a.mp4"), await one.upload(clip, "b.mp4")
            answer = await other.upload(PHOTO, "me.jpg")
            assert answer["status"] == 429
            assert answer["error"].startswith("2 files are being processed or wait for it")
            gate.may_pass.set()
            await one.wait_for(first)
            assert (await other.upload(PHOTO, "me.jpg"))["status"] == 200

    asyncio.run(main())


def test_upload_beyond_the_number_of_files_of_a_visitor_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framechain.web.jobs.part._MOST_KEPT", 2)

    async def use(browser: Browser, served: Served) -> None:
        jobs = [await browser.process(b"no media", "a") for _ in range(2)]
        answer = await browser.upload(b"no media", "a")
        assert answer == {"status": 429, "error": "you have 2 files here: remove some of them first"}
        await browser.ask(f"/api/jobs/{jobs[0]['id']}", "DELETE")
        assert (await browser.upload(b"no media", "a"))["status"] == 200

    visit(use)


def test_jobs_of_two_visitors_are_done_in_turn() -> None:
    gate = Gate()
    maker = Maker(lambda: [gate])

    async def main() -> None:
        async with serving_jobs(maker=maker) as served, browsing(served) as one, browsing(served) as other:
            list(served.visitors)[1].set_look(Look(values={"level": 7}))
            jobs = [(one, await one.upload(PHOTO, f"a{number}.jpg")) for number in range(4)]
            await asyncio.to_thread(gate.reached.wait)
            jobs += [(other, await other.upload(PHOTO, f"b{number}.jpg")) for number in range(2)]
            gate.may_pass.set()
            for browser, job in jobs:
                assert (await browser.wait_for(job))["state"] == "done"

    asyncio.run(main())
    assert [look.values.get("level", 0) for look in maker.looks] == [0, 7, 0, 7, 0, 0]


def test_result_that_outgrows_the_room_fails_its_job_with_the_sentence(clip: Path) -> None:
    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(clip, "clip.mp4")
        assert (job["state"], job["result"]) == ("failed", None)
        assert "at most" in job["message"]
        assert len(served.list_files()) == 1  # The upload.
        assert served.shelves.used == clip.stat().st_size

    visit(use, WebOptions(max_storage=clip.stat().st_size + 1000))


def test_result_is_removed_with_its_job_when_its_time_is_over(clip: Path) -> None:
    async def use(browser: Browser, served: Served) -> None:
        served.seconds = 0.0
        job = await browser.process(clip, "clip.mp4")
        assert job["expires_in"] == 600
        served.seconds = 300.0
        assert (await browser.look_at(job))["expires_in"] == 300
        served.seconds = 601.0
        served.shelves.expire()
        assert await browser.ask("/api/jobs") == (200, {"jobs": []})
        assert (await browser.ask(job["original"]))[0] == 404
        assert served.list_files() == []
        assert served.shelves.used == 0

    visit(use, WebOptions(keep_minutes=10))


def test_job_that_waits_or_runs_longer_than_results_are_kept_does_not_expire(clip: Path) -> None:
    gate = Gate()

    async def use(browser: Browser, served: Served) -> None:
        served.seconds = 0.0
        jobs = [await browser.upload(clip, "a.mp4"), await browser.upload(clip, "b.mp4")]
        await asyncio.to_thread(gate.reached.wait)
        served.seconds = 6000.0
        served.shelves.expire()
        gate.may_pass.set()
        for job in jobs:
            assert (await browser.wait_for(job))["state"] == "done"

    visit(use, WebOptions(keep_minutes=1), Maker(lambda: [gate]))


def test_visitor_who_leaves_ends_the_jobs_and_leaves_no_file(clip: Path) -> None:
    gate = Gate()

    async def use(browser: Browser, served: Served) -> None:
        for name in ("a.mp4", "b.mp4"):
            await browser.upload(clip, name)
        await asyncio.to_thread(gate.reached.wait)
        leaving = asyncio.create_task(served.visitors.remove(served.only_visitor))
        await asyncio.sleep(0.1)
        assert not leaving.done()  # The job at work is waited for.
        gate.may_pass.set()
        await leaving
        assert served.list_files() == []
        assert served.shelves.used == 0
        assert await browser.ask("/api/jobs") == (200, {"jobs": []})  # As a new visitor.

    visit(use, maker=Maker(lambda: [gate]))


def test_server_that_ends_cancels_the_job_at_work_and_leaves_no_thread_or_file(clip: Path) -> None:
    gate = Gate()
    before = set(threading.enumerate())

    async def main() -> Path:
        async with serving_jobs(maker=Maker(lambda: [gate])) as served, browsing(served) as browser:
            await browser.upload(clip, "a.mp4")
            await asyncio.to_thread(gate.reached.wait)
            threading.Timer(0.2, gate.may_pass.set).start()
            return served.visitors.folder

    assert not os.path.exists(asyncio.run(main()))
    assert {thread for thread in threading.enumerate() if thread.is_alive()} - before == set()


@pytest.mark.slow
def test_fifty_uploads_in_turn_leave_no_thread_and_no_open_file(clip: Path) -> None:
    def count() -> tuple[int, int]:
        return threading.active_count(), len(os.listdir("/proc/self/fd"))

    async def use(browser: Browser, served: Served) -> None:
        counts = []
        for number in range(50):
            content = (clip, PHOTO, b"no media")[number % 3]
            job = await browser.process(content, "x")
            assert job["state"] == ("failed" if number % 3 == 2 else "done")
            assert await browser.ask(f"/api/jobs/{job['id']}", "DELETE") == (200, {})
            counts.append(count())
        # The loop's own threads come one by one; a run's own end with it.
        assert counts[-1][1] <= counts[10][1] + 1
        assert counts[-1][0] <= counts[10][0] + 4
        assert served.list_files() == []
        assert served.shelves.used == 0

    visit(use)
