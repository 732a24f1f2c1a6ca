"""The chain of a visitor: what the page shows of it, and how it changes."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.page_client import Client, make_maker, make_options, visiting
from support.patience import PATIENCE

CHAIN = """
from framechain import Tunable

class Lighter:
    def __init__(self):
        self.amount = 3
        self.tunables = [
            Tunable("amount", lambda: self.amount, self.set, 0, 10, 1),
            Tunable("amount", lambda: self.amount, self.set, 0, 99, 1),
            Tunable("endless", lambda: self.amount, self.set, 0, float("inf")),
        ]
        self.keys = {"l": "more light"}

    def set(self, value):
        self.amount = value

    def __call__(self, frame):
        return frame

objects = [Lighter()]
"""


def run(check: Callable[[Client], Awaitable[object]], *words: str) -> None:
    async def visit() -> None:
        async with visiting(make_options(*words), make_maker(*words)) as client:
            await check(client)

    asyncio.run(visit())


async def get_state(client: Client) -> Any:
    return await (await client.get("/api/state")).json()


async def get_error(client: Client, body: Any, status: int = 400, *, path: str = "/api/look") -> str:
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    response = await client.post(path, data=data, headers={"Content-Type": "application/json"})
    assert response.status == status, await response.text()
    answer = await response.json()
    assert list(answer) == ["error"]
    return str(answer["error"])


def test_state_has_the_numbers_and_keys_of_the_chain() -> None:
    async def check(client: Client) -> None:
        state = await get_state(client)
        assert (state["camera"], state["chain"], state["has_background"]) == (None, None, True)
        assert state["look"] == {"background": "blur", "values": {}}
        (thing,) = state["objects"]
        assert thing["name"] == "BackgroundReplacement"
        blur = {"name": "blur", "value": 35, "minimum": 1, "maximum": 199, "step": 2}
        assert [number["name"] for number in thing["tunables"]] == ["threshold", "softness", "blur"]
        assert thing["tunables"][2] == blur
        assert {"key": "m", "does": "result, matte, or both side by side"} in thing["keys"]

    run(check)


def test_state_follows_the_background() -> None:
    async def check(client: Client) -> None:
        assert (await client.post("/api/look", json={"background": "#00FF00"})).status == 200
        state = await get_state(client)
        assert state["look"]["background"] == "#00ff00"
        assert [number["name"] for number in state["objects"][0]["tunables"]] == ["threshold", "softness"]

    run(check)


def test_look_keeps_earlier_values_and_is_reset() -> None:
    async def check(client: Client) -> None:
        await client.post("/api/look", json={"values": {"threshold": 0.25}})
        response = await client.post("/api/look", json={"values": {"softness": 0.5, "blur": 22.4}})
        assert await response.json() == {
            "look": {"background": "blur", "values": {"threshold": 0.25, "softness": 0.5, "blur": 23}}
        }
        state = await get_state(client)
        assert [number["value"] for number in state["objects"][0]["tunables"]] == [0.25, 0.5, 23]
        response = await client.post("/api/look/reset", json={})
        assert await response.json() == {"look": {"background": "blur", "values": {}}}

    run(check)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"background": 5}, "background must be text, this is a number"),
        ({"background": None}, "background must be text, this is null"),
        ({"background": "/etc/passwd"}, "background must be blur, transparent, a colour"),
        ({"background": ""}, "background must be blur, transparent, a colour"),
        ({"background": "#00ff0"}, "background must be blur, transparent, a colour"),
        ({"values": [1]}, "values must be an object"),
        ({"values": {"threshold": "0.5"}}, "threshold must be a number, this is text"),
        ({"values": {"threshold": True}}, "threshold must be a number, this is true or false"),
        ({"values": {"threshold": 1.01}}, "threshold must be from 0 to 1, this is 1.01"),
        ({"values": {"threshold": -0.01}}, "threshold must be from 0 to 1, this is -0.01"),
        ({"values": {"blur": 10**400}}, "blur must be a finite number"),
        ({"values": {"__class__": 1}}, "no object of the chain has '__class__': choose threshold, softness, blur"),
        ({"chain": "x.py"}, "there is no 'chain' in this request"),
        ([], "send a JSON object with background and values, this is a list"),
        ("{", "this is no JSON"),
        (b"\xff\xfe", "this is no JSON"),
        ('{"values": {"threshold": NaN}}', "this is no JSON"),
        ('{"values": {"threshold": 1e999}}', "threshold must be a finite number"),
        ("[" * 60000, "this is no JSON"),
    ],
)
def test_look_of_a_wrong_type_or_value_is_refused_and_changes_nothing(body: Any, sentence: str) -> None:
    async def check(client: Client) -> None:
        assert sentence in await get_error(client, body)
        assert (await get_state(client))["look"] == {"background": "blur", "values": {}}

    run(check)


JSON = {"Content-Type": "application/json"}


def send_badly_compressed(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {**JSON, "Content-Encoding": "gzip", "Origin": f"http://127.0.0.1:{port}"}
    connection.request("POST", "/api/look", b"{}", headers)
    status = connection.getresponse().status
    connection.close()
    return status


async def send_in_pieces() -> AsyncIterator[bytes]:
    for piece in (b"{", b" " * 70000, b"}"):
        yield piece


def test_json_that_is_huge_or_none_is_refused() -> None:
    async def check(client: Client) -> None:
        assert "65536 bytes" in await get_error(client, "x" * 65537, 413)
        response = await client.post("/api/look", data=send_in_pieces(), headers=JSON)
        assert response.status == 413
        assert await asyncio.to_thread(send_badly_compressed, client.port) == 400
        response = await client.post("/api/look", data="{}", headers={"Content-Type": "text/plain"})
        assert "Content-Type" in (await response.json())["error"]

    run(check)


def test_backgrounds_of_the_server_are_listed_with_thumbnails_and_no_path(tmp_path: Path) -> None:
    (tmp_path / "rooms").mkdir()
    for number, colour in ((10, (0, 0, 255)), (2, (255, 0, 0))):
        assert cv2.imwrite(str(tmp_path / f"rooms/{number}.png"), np.full((36, 64, 3), colour, np.uint8))

    async def check(client: Client) -> None:
        response = await client.get("/api/state")
        assert str(tmp_path) not in await response.text()
        state = await response.json()
        pictures = [entry for entry in state["backgrounds"] if entry["kind"] == "picture"]
        assert [(entry["name"], entry["own"]) for entry in pictures] == [("2.png", False), ("10.png", False)]
        assert state["look"]["background"] == pictures[0]["value"]
        response = await client.get(pictures[1]["thumbnail"])
        assert response.content_type == "image/jpeg"
        image = cv2.imdecode(np.frombuffer(await response.read(), np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        assert image.shape == (90, 160, 3)
        assert np.abs(image[45, 80].astype(int) - (0, 0, 255)).max() < 8
        assert (await client.post("/api/look", json={"background": pictures[1]["value"]})).status == 200
        await get_error(client, {"background": "item:nothing"}, 404)

    run(check, "--background", str(tmp_path / "rooms"))


@pytest.mark.parametrize("source", ["http://[bad", "a\nb", "x" * 300])
def test_command_for_an_input_that_is_none_is_refused(source: str) -> None:
    async def check(client: Client) -> None:
        response = await client.get("/api/command", params={"input": source})
        assert response.status == 400
        assert list(await response.json()) == ["error"]

    run(check)


def test_chain_of_the_users_has_its_own_numbers_and_no_background(tmp_path: Path) -> None:
    file = tmp_path / "mychain.py"
    file.write_text(CHAIN)

    async def check(client: Client) -> None:
        state = await get_state(client)
        assert (state["chain"], state["has_background"], state["backgrounds"]) == (str(file), False, [])
        number = {"name": "amount", "value": 3, "minimum": 0, "maximum": 10, "step": 1}
        keys = [{"key": "l", "does": "more light"}]
        assert state["objects"] == [{"name": "Lighter", "tunables": [number], "keys": keys}]
        assert "no background" in await get_error(client, {"background": "blur"})
        response = await client.post("/api/look", json={"values": {"amount": 6.6}})
        assert (await response.json())["look"]["values"] == {"amount": 7}
        answer = await (await client.get("/api/command?input=a b.mp4")).json()
        assert answer["command"] == f"framechain 'a b.mp4' --chain {file} --set amount=7"

    run(check, "--chain", str(file))
