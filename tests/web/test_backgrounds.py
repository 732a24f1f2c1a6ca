"""Backgrounds that visitors bring: pictures and videos, checked, named by the server, for themselves alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import write_clip
from support.page_client import Client, make_maker, make_options, serving_page, visiting, visiting_server

from framechain.web.visitors import Visitors

PRIVATE = "a private line"


def run(check: Callable[[Client], Awaitable[object]], *words: str) -> None:
    async def visit() -> None:
        async with visiting(make_options(*words), make_maker()) as client:
            await check(client)

    asyncio.run(visit())


def make_png(colour: tuple[int, int, int], width: int = 64, height: int = 36) -> bytes:
    return cv2.imencode(".png", np.full((height, width, 3), colour, np.uint8))[1].tobytes()


async def upload(client: Client, content: bytes, name: str = "beach.png", status: int = 200) -> Any:
    response = await client.post("/api/backgrounds", params={"name": name}, data=content)
    assert response.status == status, await response.text()
    return await response.json()


async def read_image(client: Client, address: str) -> np.ndarray:
    response = await client.get(address)
    assert (response.status, response.content_type) == (200, "image/jpeg")
    image = cv2.imdecode(np.frombuffer(await response.read(), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


async def list_own(client: Client) -> list[str]:
    state = await (await client.get("/api/state")).json()
    return [entry["name"] for entry in state["backgrounds"] if entry["own"]]


def test_background_picture_is_listed_shown_and_chosen(folder: Path) -> None:
    async def check(client: Client) -> None:
        entry = await upload(client, make_png((0, 0, 255)), "../../my beach\n.png")
        assert (entry["name"], entry["kind"], entry["own"]) == ("my beach.png", "picture", True)
        image = await read_image(client, entry["thumbnail"])
        assert image.shape == (90, 160, 3)
        assert np.abs(image.astype(int) - (0, 0, 255)).max() < 10
        response = await client.post("/api/look", json={"background": entry["value"]})
        assert (await response.json())["look"]["background"] == entry["value"]
        await client.post("/api/look", json={"values": {"threshold": 0.4}})
        shown = await (await client.get("/api/command?input=a.mp4")).json()
        assert shown["command"] == "framechain a.mp4 --background 'my beach.png' --threshold 0.4"
        assert 'Picture("my beach.png"), threshold=0.4)' in shown["python"]
        assert str(folder) not in await (await client.get("/api/state")).text()

    run(check)


def test_background_video_is_recognised_by_its_content(folder: Path) -> None:
    clip = Path(write_clip(folder / "clip.mp4", [np.full((90, 160, 3), 40, np.uint8)] * 3)).read_bytes()

    async def check(client: Client) -> None:
        entry = await upload(client, clip, "beach.png")
        assert entry["kind"] == "video"
        assert np.abs((await read_image(client, entry["thumbnail"])).astype(int) - 40).max() < 10
        assert (await client.post("/api/look", json={"background": entry["value"]})).status == 200

    run(check)


@pytest.mark.parametrize("kind", ["text", "empty", "playlist", "concat", "svg", "cut png", "sdp"])
def test_background_that_is_no_media_is_refused_and_leaves_nothing(kind: str, folder: Path) -> None:
    secret = folder / "private.txt"
    secret.write_text(PRIVATE)
    clip = write_clip(folder / "clip.mp4", [np.full((36, 64, 3), 40, np.uint8)] * 3)
    content = {
        "text": b"hello",
        "empty": b"",
        "playlist": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n".encode(),
        "concat": f"ffconcat version 1.0\nfile '{clip}'\n".encode(),
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{secret}"/></svg>'.encode(),
        "cut png": make_png((1, 2, 3))[:60],
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    }[kind]

    async def check(client: Client) -> None:
        for name in ("beach.png", "beach.mp4", "list.m3u8"):
            answer = await upload(client, content, name, 400)
            assert list(answer) == ["error"]
            assert str(folder) not in answer["error"]
            assert PRIVATE not in answer["error"]
        assert await list_own(client) == []
        assert [path for path in folder.rglob("framechain-*/**/*") if path.is_file()] == []

    run(check)


def test_background_that_is_too_large_is_refused(folder: Path) -> None:
    async def check(client: Client) -> None:
        answer = await upload(client, bytes(2001), status=413)
        assert "too large" in answer["error"]
        assert await list_own(client) == []

    run(check, "--max-upload", "2k")


def test_background_counts_against_the_storage(folder: Path) -> None:
    async def check(client: Client) -> None:
        content = cv2.imencode(".bmp", np.zeros((40, 40, 3), np.uint8))[1].tobytes()  # 4.8 kB
        entry = await upload(client, content)
        assert "no room" in (await upload(client, content, status=429))["error"]
        assert (await client.delete(f"/api/backgrounds/{entry['value'].partition(':')[2]}")).status == 200
        await upload(client, content)

    run(check, "--max-storage", "9k")


def test_background_of_another_visitor_is_not_there(folder: Path) -> None:
    async def visit() -> None:
        async with serving_page() as server, visiting_server(server) as one, visiting_server(server) as other:
            entry = await upload(one, make_png((9, 9, 9)))
            address = entry["thumbnail"].removesuffix("/thumbnail")
            for response in (
                await other.get(entry["thumbnail"]),
                await other.delete(address),
                await other.post("/api/look", json={"background": entry["value"]}),
                await other.get(address.replace("backgrounds", "recordings")),
            ):
                assert response.status == 404
            assert await list_own(other) == []
            assert await list_own(one) == ["beach.png"]
            assert (await one.get(address.replace("backgrounds", "recordings"))).status == 404

    asyncio.run(visit())


def test_background_that_is_removed_leaves_the_look_and_the_disk(folder: Path) -> None:
    async def check(client: Client) -> None:
        entry = await upload(client, make_png((9, 9, 9)))
        await client.post("/api/look", json={"background": entry["value"], "values": {"threshold": 0.4}})
        response = await client.delete(entry["thumbnail"].removesuffix("/thumbnail"))
        assert await response.json() == {"look": {"background": "blur", "values": {"threshold": 0.4}}}
        assert await list_own(client) == []
        assert [path for path in folder.rglob("framechain-*/**/*") if path.is_file()] == []
        assert (await client.get(entry["thumbnail"])).status == 404

    run(check)


def test_background_of_the_server_cannot_be_removed(folder: Path) -> None:
    assert cv2.imwrite(str(folder / "wall.png"), np.zeros((36, 64, 3), np.uint8))

    async def visit() -> None:
        maker = make_maker("--background", str(folder / "wall.png"))
        async with visiting(make_options(), maker) as client:
            state = await (await client.get("/api/state")).json()
            (entry,) = [entry for entry in state["backgrounds"] if entry["kind"] == "picture"]
            response = await client.delete(entry["thumbnail"].removesuffix("/thumbnail"))
            assert response.status == 409

    asyncio.run(visit())


def test_backgrounds_go_with_their_visitor(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Visitors] = []
    begin = Visitors.__init__

    def note(self: Visitors, *arguments: Any, **named: Any) -> None:
        made.append(self)
        begin(self, *arguments, **named)

    monkeypatch.setattr(Visitors, "__init__", note)

    async def check(client: Client) -> None:
        entry = await upload(client, make_png((9, 9, 9)))
        (visitors,) = made
        assert len([path for path in folder.rglob("framechain-*/*/*") if path.is_file()]) == 1
        await visitors.remove_idle(1000)
        assert len(visitors) == 1
        await visitors.remove_idle(0)
        assert len(visitors) == 0
        assert [path for path in folder.rglob("framechain-*/*/*") if path.is_file()] == []
        assert (await client.get(entry["thumbnail"])).status == 404

    run(check)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path
