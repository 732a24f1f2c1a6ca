"""What a visitor drops on the page: uploaded, processed as `framechain` would, given back."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import beeps, hear
from support.image_headers import make_png
from support.media import decode_bgra, photos, see, write_clip
from support.web_jobs import Browser, Served, browsing, serving_jobs, visit
from support.web_maker import Gate, Maker, Opaque, Tint

from framechain import Engine, FramechainWarning
from framechain.web.look import Look

PHOTO = Path("samples/portrait.jpg")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return Path(write_clip(tmp_path / "clip.mp4", photos(12), audio=beeps(0.5)))


def test_add_video_gives_the_bytes_that_engine_writes(clip: Path, tmp_path: Path) -> None:
    expected = tmp_path / "clip_out.mp4"
    made = Engine(video_path=clip, custom_objects=[Tint()], output_path=expected).run()

    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(clip, "clip.mp4")
        assert (job["state"], job["frames"], job["total"]) == ("done", made.frames_written, 12)
        assert (job["kind"], job["name"], job["playable"]) == ("video", "clip.mp4", True)
        assert job["result"]["name"] == "clip_out.mp4"
        assert job["result"]["playable"]
        assert 3500 < job["expires_in"] <= 3600
        answer, content = await browser.download(job["result"]["url"])
        assert (answer.status, answer.content_type) == (200, "video/mp4")
        assert job["result"]["size"] == len(content)
        (tmp_path / "got.mp4").write_bytes(content)
        answer, content = await browser.download(job["original"])
        assert (answer.content_type, content) == ("video/mp4", clip.read_bytes())

    visit(use)
    assert (tmp_path / "got.mp4").read_bytes() == expected.read_bytes()
    seen = see(tmp_path / "got.mp4")
    assert seen.count == 12
    assert np.abs(seen.bgr(3).astype(int) - (255 - photos(12)[3].astype(int))).mean() < 4
    assert hear(tmp_path / "got.mp4").end == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("me.jpg", "me_out.jpg"),
        ("me.png", "me_out.png"),
        ("me.qoi", "me_out.png"),
        ("x.mp4", "x_out.png"),
        ("", "upload_out.png"),
    ],
)
def test_add_image_is_processed_as_an_image_whatever_its_name_says(name: str, expected: str, tmp_path: Path) -> None:
    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(PHOTO, name)
        assert (job["state"], job["kind"], job["frames"], job["message"]) == ("done", "image", 1, None)
        assert (job["result"]["name"], job["playable"]) == (expected, True)
        answer, content = await browser.download(job["result"]["url"])
        assert answer.content_type == {".jpg": "image/jpeg", ".png": "image/png"}[os.path.splitext(expected)[1]]
        found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
        difference = np.abs(found.astype(int) - (255 - cv2.imread(str(PHOTO)).astype(int)))
        assert difference.mean() < (2 if expected.endswith("jpg") else 0.01)

    visit(use)


def test_add_look_at_the_time_of_the_upload_is_used(clip: Path) -> None:
    gate = Gate()

    async def use(browser: Browser, served: Served) -> None:
        first, second = await browser.upload(clip, "a.mp4"), await browser.upload(PHOTO, "b.png")
        await asyncio.to_thread(gate.reached.wait)
        served.only_visitor.set_look(Look(background="transparent", values={"level": 40}))
        third = await browser.upload(PHOTO, "c.jpg")
        gate.may_pass.set()
        results = [(await browser.wait_for(job))["result"] for job in (first, second, third)]
        assert [result["name"] for result in results] == ["a_out.mp4", "b_out.png", "c_out.png"]
        _, content = await browser.download(results[2]["url"])
        found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        expected = 255 - cv2.imread(str(PHOTO)) + np.uint8(40)
        assert found.shape[2] == 4
        assert np.array_equal(found[:, :256, :3], expected[:, :256])
        assert (found[:, :256, 3] == 255).all()
        assert (found[:, 256:, 3] == 0).all()

    visit(use, maker=Maker(lambda: [gate]))


def test_add_video_of_a_look_with_alpha_gives_a_webm_with_it(clip: Path, tmp_path: Path) -> None:
    class Transparent(Maker):
        def make_objects(self, look: Look) -> Sequence[Any]:
            return [Tint(), Opaque()]

    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(clip, "clip.mp4")
        assert (job["result"]["name"], job["result"]["playable"]) == ("clip_out.webm", True)
        answer, content = await browser.download(job["result"]["url"])
        assert answer.content_type == "video/webm"
        (tmp_path / "got.webm").write_bytes(content)

    visit(use, maker=Transparent())
    frames = decode_bgra(tmp_path / "got.webm")
    assert len(frames) == 12
    assert (frames[0][:, :70, 3] > 250).all()
    assert (frames[0][:, 90:, 3] < 5).all()


def test_add_name_with_a_path_is_only_a_name(tmp_path: Path) -> None:
    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(PHOTO, '../../C:\\x/\u202eevil\r\n"<b>.jpg')
        assert job["name"] == "evil__b_.jpg"
        answer, _ = await browser.download(job["result"]["url"] + "?download=1")
        assert answer.headers["Content-Disposition"] == (
            "attachment; filename=\"evil__b__out.jpg\"; filename*=UTF-8''evil__b__out.jpg"
        )

    visit(use)


def test_list_after_a_reload_holds_the_jobs_in_their_order_and_none_of_another_visitor(clip: Path) -> None:
    async def main() -> None:
        async with serving_jobs() as served, browsing(served) as one, browsing(served) as other:
            jobs = [await one.process(clip, "a.mp4"), await one.process(PHOTO, "b.jpg")]
            status, listed = await one.ask("/api/jobs")
            assert status == 200
            assert [job["id"] for job in listed["jobs"]] == [job["id"] for job in jobs]
            assert await other.ask("/api/jobs") == (200, {"jobs": []})
            unknown = await other.ask("/api/jobs/none")
            assert unknown[0] == 404
            for path in ("", "/result", "/original"):
                assert await other.ask(f"/api/jobs/{jobs[0]['id']}{path}") == unknown
            assert await other.ask(f"/api/jobs/{jobs[0]['id']}/cancel", "POST") == unknown
            assert await other.ask(f"/api/jobs/{jobs[0]['id']}", "DELETE") == unknown
            assert (await other.ask("/api/results.zip"))[0] == 404
            assert (await one.look_at(jobs[0]))["state"] == "done"

    asyncio.run(main())


# What ends badly


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (
            b"no media at all" * 99,
            "notes.mp4",
            "cannot read notes.mp4: it is no video or image that FFmpeg understands",
        ),
        (PHOTO.read_bytes()[:20], "start.jpg", "cannot read start.jpg: "),
        (make_png(100_000), "bomb.png", "cannot read bomb.png: it is 100000x100000, and more than 300000000 pixels"),
    ],
)
def test_add_what_cannot_be_processed_fails_with_the_engines_sentence_and_no_path(
    content: bytes, name: str, sentence: str
) -> None:
    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(content, name)
        assert (job["state"], job["result"], job["playable"]) == ("failed", None, False)
        assert sentence in job["message"]
        assert not re.search(r"/tmp|/\w+/|\n|Traceback", job["message"]), job["message"]
        assert (await browser.ask(f"/api/jobs/{job['id']}/result"))[0] == 409
        answer, got = await browser.download(job["original"])
        assert (answer.content_type, got) == ("application/octet-stream", content)
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        # The next one is done as ever.
        assert (await browser.process(PHOTO, "me.jpg"))["state"] == "done"

    visit(use)


def _raise(error: BaseException) -> Callable[..., Any]:
    def raising(frame: Any) -> Any:
        raise error

    return raising


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("too dark in /etc/secret.txt"), "raised ValueError at frame 0: too dark in secret.txt"),
        (SystemExit(3), "me.jpg: unexpected SystemExit: 3"),
        (KeyboardInterrupt(), "me.jpg: unexpected KeyboardInterrupt: KeyboardInterrupt"),
        (MemoryError(), "raised MemoryError at frame 0"),
    ],
)
def test_add_object_that_raises_fails_the_job_alone(error: BaseException, sentence: str) -> None:
    broken: list[Any] = [_raise(error)]

    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(PHOTO, "me.jpg")
        assert job["state"] == "failed"
        assert sentence in job["message"]
        broken.clear()
        assert (await browser.process(PHOTO, "me.jpg"))["state"] == "done"

    visit(use, maker=Maker(lambda: broken))


def test_add_warnings_are_those_of_the_run_without_paths(clip: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mkv"
    write_clip(cut, photos(30))
    cut.write_bytes(cut.read_bytes()[:-3000])
    with pytest.warns(FramechainWarning):
        expected = Engine(video_path=cut, custom_objects=[Tint()], output_path=tmp_path / "o.mkv").run().warnings

    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(cut, "cut.mkv")
        assert job["state"] == "done"
        assert expected
        assert job["warnings"] == [warning.replace(str(cut), "cut.mkv") for warning in expected]
        assert (job["playable"], job["result"]["name"], job["result"]["playable"]) == (False, "cut_out.mkv", False)

    visit(use)


def test_cancel_running_job_discards_its_output_and_the_next_one_is_done(clip: Path) -> None:
    gate = Gate()

    async def use(browser: Browser, served: Served) -> None:
        first, second = await browser.upload(clip, "a.mp4"), await browser.upload(clip, "b.mp4")
        third = await browser.upload(clip, "c.mp4")
        await asyncio.to_thread(gate.reached.wait)
        assert (await browser.look_at(first))["state"] == "running"
        assert (await browser.look_at(second))["state"] == "waiting"
        status, answer = await browser.ask(f"/api/jobs/{second['id']}/cancel", "POST")
        assert (status, answer["state"]) == (200, "cancelled")
        await browser.ask(f"/api/jobs/{first['id']}/cancel", "POST")
        gate.may_pass.set()
        cancelled = await browser.wait_for(first)
        assert (cancelled["state"], cancelled["result"], cancelled["message"]) == ("cancelled", None, None)
        assert (await browser.wait_for(third))["state"] == "done"
        assert (await browser.look_at(second))["state"] == "cancelled"
        kept = [path for path in served.list_files() if path.suffix]
        assert len(kept) == 1  # The result of the third alone.

    visit(use, maker=Maker(lambda: [gate]))


def test_remove_running_and_waiting_and_done_jobs_leaves_no_file(clip: Path) -> None:
    gate = Gate()

    async def use(browser: Browser, served: Served) -> None:
        jobs = [await browser.upload(clip, f"{name}.mp4") for name in "ab"]
        await asyncio.to_thread(gate.reached.wait)
        for job in jobs:
            assert await browser.ask(f"/api/jobs/{job['id']}", "DELETE") == (200, {})
        assert await browser.ask("/api/jobs") == (200, {"jobs": []})
        gate.may_pass.set()
        done = await browser.process(PHOTO, "me.jpg")
        assert len(served.list_files()) == 2
        await browser.ask(f"/api/jobs/{done['id']}", "DELETE")
        assert served.list_files() == []
        assert served.shelves.used == 0

    visit(use, maker=Maker(lambda: [gate]))
