"""What would end a server, fill its memory or tell what is none of a visitor's business."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.live_pages import page, run, serving, visiting
from support.page_client import visiting as visiting_page
from support.web_maker import Gate, Maker

from framechain import ObjectError
from framechain.web import backgrounds
from framechain.web.live import keeper
from framechain.web.look import Look

IMAGE = np.full((48, 64, 3), 100, np.uint8)


def _raise(error: BaseException) -> Callable[..., Any]:
    def broken(frame: Any) -> Any:
        raise error

    return broken


class Failing(Maker):
    """Makes a chain once, and then raises."""

    def __init__(self, error: BaseException, times: int = 0) -> None:
        super().__init__()
        self.error, self.times = error, times

    def make_objects(self, look: Look) -> Sequence[Callable[..., Any]]:
        self.times -= 1
        if self.times < 0:
            raise self.error
        return super().make_objects(look)


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), ValueError("no")], ids=repr)
@pytest.mark.parametrize("place", ["object", "maker"])
def test_live_whatever_an_object_raises_ends_the_session_with_a_sentence(place: str, error: BaseException) -> None:
    maker = Maker(lambda: [_raise(error)]) if place == "object" else Failing(error)

    async def main() -> None:
        async with serving(maker, max_sessions=1) as server, visiting(server) as client:
            for _ in range(2):  # The second one finds its place free.
                async with page(client) as opened:
                    await opened.send(1, IMAGE)
                    ended = await opened.message("ended")
                    assert type(error).__name__ in ended["reason"]

    run(main)


def test_live_sentences_have_no_path_of_the_server() -> None:
    async def main() -> None:
        async with (
            serving(Failing(ObjectError("cannot read /srv/models/a.onnx: it is damaged"))) as server,
            visiting(server) as client,
            page(client) as opened,
        ):
            assert (await opened.message("ended"))["reason"] == "cannot read a.onnx: it is damaged"

    run(main)


def test_live_flood_of_snapshots_saves_few_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    may_write = threading.Event()
    write = keeper._write_png

    def wait_and_write(frame: Any, path: Path) -> int:
        assert may_write.wait(60)
        return write(frame, path)

    monkeypatch.setattr(keeper, "_write_png", wait_and_write)

    async def main() -> None:
        async with serving() as server, visiting(server) as client, page(client) as opened:
            await opened.send(1, IMAGE)
            await opened.answer(1)
            for _ in range(50):
                await opened.say("snapshot")
            await opened.send(2, IMAGE)
            await opened.answer(2)
            await opened.until(lambda: [one for one in opened.messages if "being saved" in one.get("text", "")][46:])
            may_write.set()
            await opened.until(
                lambda: [one for one in opened.messages if "saved framechain" in one.get("text", "")][2:]
            )
            async with client.get("/api/recordings") as response:
                assert len((await response.json())["recordings"]) == 3

    run(main)


def test_live_flood_of_recordings_takes_room_for_few_of_them() -> None:
    gate = Gate()

    async def main() -> None:
        async with serving(Maker(lambda: [gate])) as server, visiting(server) as client, page(client) as opened:
            await opened.send(1, IMAGE)
            await asyncio.to_thread(gate.reached.wait)
            for _ in range(50):
                await opened.say("record")
            told = await opened.until(lambda: [one for one in opened.messages if one["type"] == "message"][39:])
            assert told[0]["text"] == "other recordings are about to begin: wait a moment"
            gate.may_pass.set()

    run(main)


def test_chain_that_ends_the_program_does_not_end_the_server() -> None:
    async def main() -> None:
        async with visiting_page(maker=Failing(SystemExit(3))) as client:
            answer = await client.get("/api/state")
            assert answer.status == 500
            assert await answer.json() == {"error": "the server made a mistake; its log says more"}
            assert (await client.get("/api/jobs")).status == 200

    asyncio.run(main())


def test_backgrounds_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most = 0, 0
    recognise = backgrounds._recognise

    def count(path: str) -> str:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.05)
        at_once -= 1
        return recognise(path)

    monkeypatch.setattr(backgrounds, "_recognise", count)
    content = Path("samples/portrait.jpg").read_bytes()

    async def main() -> None:
        async with visiting_page(maker=Maker()) as client:
            await client.get("/api/jobs")
            answers = await asyncio.gather(
                *(client.post("/api/backgrounds?name=a.jpg", data=content) for _ in range(4))
            )
            assert [answer.status for answer in answers] == [200] * 4

    asyncio.run(main())
    assert most == 1
