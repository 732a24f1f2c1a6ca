"""A job makes what `framechain FILE` makes, with the same options."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.audio import beeps
from support.media import Array, decode_bgra, photos, write_clip
from support.page_client import make_maker, serving_page
from support.web_jobs import Browser, browsing_server

from framechain.cli.program import main

PHOTO = Path("samples/portrait.jpg")


def decode(folder: Path, webm: bytes) -> Array:
    (folder / "decoded.webm").write_bytes(webm)
    return np.stack(decode_bgra(folder / "decoded.webm"))


@pytest.mark.parametrize(
    "background", ["#00ff00", *(pytest.param(name, marks=pytest.mark.slow) for name in ("", "blur", "transparent"))]
)
def test_job_gives_what_the_command_writes(background: str, tmp_path: Path) -> None:
    clip = Path(write_clip(tmp_path / "clip.mp4", photos(8), audio=beeps(0.3)))
    image = tmp_path / "me.jpg"
    image.write_bytes(PHOTO.read_bytes())
    options = ["--background", background] if background else []
    expected: dict[str, bytes] = {}
    for path in (clip, image):
        before = set(tmp_path.iterdir())
        assert main([str(path), "--quiet", "--threshold", "0.7", *options]) == 0
        (made,) = set(tmp_path.iterdir()) - before
        expected[made.name] = made.read_bytes()

    async def use(browser: Browser) -> None:
        values: dict[str, Any] = {"background": background, "values": {"threshold": 0.7}}
        if not background:
            del values["background"]
        assert (await browser.ask("/api/look", "POST", json=values))[0] == 200
        found = {}
        for path in (clip, image):
            job = await browser.process(path, path.name)
            assert (job["state"], job["warnings"]) == ("done", [])
            found[job["result"]["name"]] = (await browser.download(job["result"]["url"]))[1]
        assert sorted(found) == sorted(expected)
        if background == "transparent":  # A webm has random numbers in it.
            both = [decode(tmp_path, files.pop("clip_out.webm")) for files in (found, expected)]
            assert both[0].shape == (8, 120, 160, 4)
            assert np.array_equal(*both)
        assert found == expected

    async def serve() -> None:
        async with serving_page(maker=make_maker()) as server, browsing_server(server) as browser:
            await use(browser)

    asyncio.run(serve())
