"""The list of objects on the page: what can be chosen, what it makes, and what nobody may ask for."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.page_client import Client, make_maker, make_options, visiting
from support.plugins import CODE, install


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder; a package with plug-ins is installed."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    install(tmp_path / "site", monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(check: Callable[[Client], Awaitable[object]], *words: str) -> None:
    """Visit a server; unless told otherwise its matte is one that takes no time."""
    words = words or ("--matte", "half")

    async def visit() -> None:
        async with visiting(make_options(*words), make_maker(*words)) as client:
            await check(client)

    asyncio.run(visit())


async def get_list(client: Client) -> Any:
    return (await (await client.get("/api/state")).json())["list"]


async def post(client: Client, *objects: Any, status: int = 200) -> Any:
    response = await client.post("/api/objects", json={"objects": list(objects)})
    assert response.status == status, await response.text()
    return await response.json()


async def get_command(client: Client) -> Any:
    return (await (await client.get("/api/command")).json())["command"]


def new(name: str, **arguments: str) -> dict[str, Any]:
    return {"place": None, "name": name, "arguments": arguments}


def old(place: int, name: str, arguments: dict[str, str] | None = None) -> dict[str, Any]:
    return {"place": place, "name": name, "arguments": arguments or {}}


def test_offers_have_what_is_installed_and_needs_no_file() -> None:
    async def check(client: Client) -> None:
        offers = {one["name"]: one for one in (await (await client.get("/api/objects")).json())["objects"]}
        assert {"segmentation", "gamma", "text", "glow", "darken"} <= set(offers)
        assert not {"overlay", "onnx-style", "broken"} & set(offers)
        assert (offers["glow"]["package"], offers["glow"]["line"]) == ("framechain-glow", "Makes a frame brighter.")
        radius, mode, _ = offers["glow"]["fields"]
        expected = {"name": "radius", "kind": "number", "value": "3", "given": False, "choices": [], "text": "How far."}
        assert radius == expected
        assert (mode["kind"], mode["choices"]) == ("choice", ["soft", "hard"])
        (matte, *_) = offers["segmentation"]["fields"]
        assert (matte["name"], matte["kind"]) == ("matte", "component")
        assert {"mediapipe", "half"} <= set(matte["choices"])
        assert "font" not in [field["name"] for field in offers["text"]["fields"]]

    run(check)


def test_list_is_added_to_moved_and_returns() -> None:
    async def check(client: Client) -> None:
        assert [one["name"] for one in await get_list(client)] == ["segmentation", "fps"]
        await post(client, old(0, "segmentation"), new("glow", radius="9"), old(1, "fps"))
        assert await get_command(client) == (
            "framechain clip.mp4 --object segmentation --object glow:radius=9 --object fps --matte half"
        )
        await post(client, old(1, "glow", {"radius": "7", "mode": "hard"}), old(0, "segmentation"))
        assert [one["name"] for one in await get_list(client)] == ["glow", "segmentation"]
        assert (
            await get_command(client)
            == "framechain clip.mp4 --object glow:radius=7:mode=hard --object segmentation --matte half"
        )
        given = [(field["name"], field["value"]) for field in (await get_list(client))[0]["fields"] if field["given"]]
        assert given == [("radius", "7"), ("mode", "hard")]
        await post(client, old(1, "segmentation"), new("fps"))
        assert await get_command(client) == "framechain clip.mp4 --fps --matte half"

    run(check, "--fps", "--matte", "half")


def test_list_gives_segmentation_a_matte_of_a_package_and_a_background() -> None:
    async def check(client: Client) -> None:
        state = await (await client.get("/api/state")).json()
        assert {"value": "stripes", "name": "Stripes", "kind": "own", "thumbnail": None, "own": False} in state[
            "backgrounds"
        ]
        await client.post("/api/look", json={"background": "stripes"})
        await post(client, old(0, "segmentation", {"matte": "half"}))
        assert await get_command(client) == "framechain clip.mp4 --background stripes --matte half"
        await post(client, old(0, "segmentation", {"matte": "mog2", "matte.history": "30"}), new("glow"))
        words = "--background stripes --object segmentation --object glow --matte mog2:history=30"
        assert await get_command(client) == f"framechain clip.mp4 {words}"
        await post(client, new("glow"))
        state = await (await client.get("/api/state")).json()
        assert (state["has_background"], await get_command(client)) == (False, "framechain clip.mp4 --object glow")

    run(check)


def test_background_of_a_package_that_the_server_begins_with_can_be_chosen_again() -> None:
    async def check(client: Client) -> None:
        state = await (await client.get("/api/state")).json()
        assert state["look"]["background"] == "stripes:level=7"
        listed = [one["value"] for one in state["backgrounds"] if one["kind"] == "own"]
        assert listed == ["stripes:level=7", "stripes"]
        for background in ("blur", "stripes:level=7"):
            assert (await client.post("/api/look", json={"background": background})).status == 200
        assert await get_command(client) == "framechain clip.mp4 --background stripes:level=7 --matte half"
        response = await client.post("/api/look", json={"background": "stripes:level=8"})
        assert response.status == 400

    run(check, "--background", "stripes:level=7", "--matte", "half")


def test_list_keeps_values_that_begin_as_before() -> None:
    async def check(client: Client) -> None:
        await post(client, old(0, "segmentation", {"matte": "half"}), new("gamma"), new("vignette"))
        await client.post("/api/look", json={"values": {"gamma": 2.0, "vignette": 0.25}})
        answer = await post(client, old(1, "gamma", {"gamma": "1.5"}), old(2, "vignette"))
        assert answer["look"]["values"] == {"vignette": 0.25}
        assert await get_command(client) == (
            "framechain clip.mp4 --object gamma:gamma=1.5 --object vignette --set vignette=0.25"
        )

    run(check)


def test_list_of_the_servers_user_keeps_what_visitors_may_not_set() -> None:
    Path("own.py").write_text(CODE)
    assert cv2.imwrite("logo.png", np.full((8, 8, 3), 90, np.uint8))

    async def check(client: Client) -> None:
        code, overlay, _ = await get_list(client)
        assert (code["name"], code["fields"]) == ("own.py:Glow", [])
        assert "image" not in [field["name"] for field in overlay["fields"]]
        await post(client, old(1, "overlay", {"opacity": "0.5"}), old(0, "own.py:Glow"))
        assert await get_command(client) == (
            "framechain clip.mp4 --object overlay:image=logo.png:opacity=0.5 --object own.py:Glow:radius=9"
        )
        body = old(0, "overlay", {"image": "own.py"})
        assert "overlay has no argument 'image' to set here" in (await post(client, body, status=400))["error"]

    words = ("own.py:Glow:radius=9", "overlay:image=logo.png", "vignette")
    run(check, *(word for text in words for word in ("--object", text)))


REFUSED: list[tuple[Any, str]] = [
    ([], "at least one object"),
    ([new("fps")] * 21, "at most 20 objects"),
    (["fps"], "an object must have a name"),
    ([{"name": "fps", "x": 1}], "an object must have a name"),
    ([{"name": 3}], "name must be text, this is a number"),
    ([{"name": "fps", "place": True}], "must be a whole number"),
    ([{"name": "fps", "arguments": [1]}], "arguments must be an object"),
    ([new("fps", color=3)], "color must be text, this is a number"),  # type: ignore[arg-type]
    ([new("text", text="a\nb")], "text must be a text of one line"),
    ([new("text", text="a" * 501)], "of at most 500 letters"),
    ([new("fbs")], "there is no object 'fbs' to choose"),
    ([new("subprocess:Popen", args="ls")], "there is no object 'subprocess:Popen' to choose"),
    ([new("own.py:Glow")], "there is no object 'own.py:Glow' to choose"),
    ([new("fps:color=#ffffff")], "there is no object 'fps:color=#ffffff' to choose"),
    ([new("overlay", image="/etc/passwd")], "there is no object 'overlay' to choose"),
    ([new("text", font="/etc/passwd")], "text has no argument 'font' to set here"),
    ([new("text", text="a:font=/etc/passwd")], "cannot be written as one text"),
    ([new("text", text="a,font=/etc/passwd")], "cannot be written as one text"),
    ([new("glow", radios="3")], "glow has no argument 'radios' to set here"),
    ([new("glow", radius="3:mode=hard")], "radius must be a number"),
    ([new("glow", mode="x")], "mode must be one of soft, hard, got 'x'"),
    ([new("gamma", gamma="9")], "gamma: gamma must be a number from 0.1 to 5, got 9.0"),
    ([new("resize", width="0")], "resize: width must be a whole number of at least 1, got 0"),
    ([new("fails")], "fails cannot be made: OSError: no such device"),
    ([old(0, "segmentation", {"matte": "own.py:half"})], "matte must be one of"),
    ([new("segmentation", matte="onnx")], "matte must be one of"),
    ([new("segmentation", threshold="0.3")], "has no argument 'threshold' to set here"),
    ([new("find-matte", **{"matte": "reference", "matte.reference": "/etc/passwd"})], "'matte.reference' to set"),
    ([new("background-replacement", background="/etc/passwd")], "background must be one of"),
    ([new("background-replacement", background="video")], "background must be one of"),
]


def test_list_that_cannot_be_made_is_one_sentence_and_changes_nothing() -> None:
    Path("own.py").write_text("open('was_run', 'w')\n" + CODE)

    async def check(client: Client) -> None:
        for body, sentence in REFUSED:
            answer = await post(client, *body, status=400)
            assert sentence in answer["error"], body
            assert "--object" not in answer["error"]
        assert [one["name"] for one in await get_list(client)] == ["segmentation"]
        assert not Path("was_run").exists()

    run(check)


def test_list_of_another_page_is_refused() -> None:
    async def check(client: Client) -> None:
        for place in (-1, 1, 7):
            answer = await post(client, old(place, "segmentation"), status=409)
            assert "has changed meanwhile" in answer["error"]
        await post(client, old(0, "fps"), status=409)

    run(check)


def test_list_of_a_chain_file_is_fixed() -> None:
    Path("a.toml").write_text('objects = ["darken"]\n')

    async def check(client: Client) -> None:
        assert await get_list(client) is None
        assert (await (await client.get("/api/objects")).json()) == {"objects": []}
        assert "cannot be changed" in (await post(client, new("fps"), status=400))["error"]

    run(check, "--chain", "a.toml")


def test_fields_follow_the_component_that_is_chosen() -> None:
    async def check(client: Client) -> None:
        for matte, first in (("mog2", "matte.history"), ("otsu", "matte.foreground"), ("/etc/passwd", "threshold")):
            response = await client.post(
                "/api/objects/fields", json={"name": "find-matte", "arguments": {"matte": matte}}
            )
            assert [field["name"] for field in (await response.json())["fields"]][:2] == ["matte", first]
        response = await client.post("/api/objects/fields", json={"name": "own.py:Glow"})
        assert await response.json() == {"fields": []}

    run(check)
