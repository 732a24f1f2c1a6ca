"""All results as one zip, made while it is sent; and files in parts."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import time
import zipfile
from pathlib import Path

import pytest
from support.media import photos, write_clip
from support.patience import PATIENCE
from support.web_jobs import Browser, Served, visit

from framechain.web.jobs.archive import stream_zip
from framechain.web.shelf import KeptFile

PHOTO = Path("samples/portrait.jpg")


def keep(path: Path, name: str) -> KeptFile:
    return KeptFile(name, name, "video", path)


def collect(*files: KeptFile) -> bytes:
    async def main() -> bytes:
        return b"".join([part async for part in stream_zip(files)])

    return asyncio.run(main())


def test_give_all_gives_a_zip_with_each_result_under_a_name_of_its_own(tmp_path: Path) -> None:
    clip = Path(write_clip(tmp_path / "clip.mp4", photos(12)))

    async def use(browser: Browser, served: Served) -> None:
        assert (await browser.ask("/api/results.zip"))[0] == 404
        jobs = [await browser.process(content, name) for content, name in ((clip, "ä.mp4"), (PHOTO, "Me.jpg"))]
        jobs += [await browser.process(PHOTO, "me.jpg"), await browser.process(b"no media", "bad.mp4")]
        expected = [(await browser.download(job["result"]["url"]))[1] for job in jobs[:3]]
        answer, content = await browser.download("/api/results.zip")
        assert (answer.status, answer.content_type) == (200, "application/zip")
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="framechain 2')
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == ["ä_out.mp4", "Me_out.jpg", "me_out (2).jpg"]
            assert [archive.read(name) for name in archive.namelist()] == expected
            assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
            assert [entry.external_attr >> 16 for entry in archive.infolist()] == [0o644] * 3
        assert len(served.list_files()) == 4 + 3  # No temporary file.

    visit(use)


def test_stream_zip_leaves_out_what_was_removed_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"content")
    content = collect(keep(tmp_path / "gone", "gone.mp4"), keep(tmp_path / "there", "there.mp4"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"there.mp4": b"content"}


def test_stream_zip_large_file_is_written_as_zip64_in_small_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1 << 20)  # 2 GB take long.
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * (3 << 12) + b"end")
    files = [keep(PHOTO, "me.jpg"), keep(large, "large.mp4")]

    async def collect_parts() -> list[bytes]:
        return [part async for part in stream_zip(files)]

    parts = asyncio.run(collect_parts())
    assert max(map(len, parts)) < 2 << 20
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as archive:
        assert [entry.extract_version for entry in archive.infolist()] == [20, zipfile.ZIP64_VERSION]
        assert archive.read("large.mp4") == large.read_bytes()
        assert archive.read("me.jpg") == PHOTO.read_bytes()


def test_give_all_broken_off_by_the_visitor_leaves_no_open_file_and_no_word_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(PHOTO, "me.png")
        (result,) = (path for path in served.list_files() if path.suffix)
        with result.open("ab") as file:
            file.truncate(200_000_000)  # More than all buffers on the way hold.
        for path in ("/api/results.zip", job["result"]["url"]):
            for _ in range(3):
                async with browser.client.get(path) as response:
                    await response.content.readexactly(100_000)
                    response.close()

        def is_open() -> bool:
            return any(os.readlink(f"/proc/self/fd/{number}") == str(result) for number in list_open())

        deadline = time.monotonic() + PATIENCE
        while is_open():
            assert time.monotonic() < deadline, "the result is still open"
            await asyncio.sleep(0.01)

    visit(use)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def list_open() -> list[str]:
    """Return the numbers of the open files, without that of the list itself."""
    return [number for number in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{number}")]


def test_give_result_gives_the_range_that_is_asked_for(tmp_path: Path) -> None:
    clip = Path(write_clip(tmp_path / "clip.mp4", photos(12)))

    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(clip, "clip.mp4")
        for url in (job["result"]["url"], job["original"]):
            answer, whole = await browser.download(url)
            assert answer.headers["Accept-Ranges"] == "bytes"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Disposition"].startswith("inline;")
            # Its index is at the front: a player may begin and search before it has all.
            assert whole.index(b"moov") < whole.index(b"mdat") or url == job["original"]
            for asked, expected in (("10-99", whole[10:100]), ("100-", whole[100:]), ("-7", whole[-7:])):
                answer, part = await browser.download(url, Range=f"bytes={asked}")
                assert (answer.status, part) == (206, expected)
                assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")
            answer, _ = await browser.download(url, Range=f"bytes={len(whole)}-")
            assert answer.status == 416
            answer, part = await browser.download(url + "?download=1")
            assert answer.headers["Content-Disposition"].startswith("attachment;")
            assert part == whole

    visit(use)


@pytest.mark.parametrize("name", ["page.html", "x.svg", "a.js", "clip.mp4.html"])
def test_give_original_that_is_no_media_is_never_a_document(name: str) -> None:
    html = b"<!doctype html><script>alert(1)</script>"

    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(html, name)
        answer, content = await browser.download(job["original"])
        assert content == html
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        # A JPEG that ends in a document is a JPEG.
        job = await browser.process(PHOTO.read_bytes() + html, name)
        answer, _ = await browser.download(job["original"])
        assert answer.headers["Content-Type"] == "image/jpeg"

    visit(use)
