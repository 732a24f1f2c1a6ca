"""The visitors: how many there are, who leaves, and what is left of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from support.page_client import make_options, serving_page

from framechain.web import visitors as module
from framechain.web.look import Look
from framechain.web.refused import RefusedError
from framechain.web.visitors import Visitor, Visitors


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def run(check: Callable[[Visitors, Clock], Awaitable[object]]) -> None:
    async def begin() -> None:
        clock = Clock()
        visitors = Visitors(Look("blur"), clock=clock)
        try:
            await check(visitors, clock)
        finally:
            await visitors.close()
        assert not visitors.folder.exists()

    asyncio.run(begin())


def test_visitor_stores_nothing_at_first_and_has_an_id_that_nobody_guesses() -> None:
    async def check(visitors: Visitors, clock: Clock) -> None:
        made = [await visitors.add() for _ in range(100)]
        assert list(visitors.folder.iterdir()) == []
        assert len({visitor.id for visitor in made}) == len({visitor.folder for visitor in made}) == 100
        assert min(len(visitor.id) for visitor in made) >= 32
        assert not any(visitor.id in str(visitor.folder) for visitor in made)
        assert visitors.find(made[3].id) is made[3]
        assert visitors.find("unknown") is visitors.find("") is visitors.find(None) is None

    run(check)


def test_visitor_who_leaves_takes_the_folder_along_after_what_belongs_to_it_has_ended() -> None:
    async def check(visitors: Visitors, clock: Clock) -> None:
        visitor = await visitors.add()
        visitor.folder.mkdir()
        seen: list[bool] = []

        async def end(who: Visitor) -> None:
            seen.append(who is visitor and who.folder.exists())

        visitors.on_leave.append(end)
        await visitors.remove(visitor)
        await visitors.remove(visitor)
        assert seen == [True]
        assert not visitor.folder.exists()
        assert visitors.find(visitor.id) is None

    run(check)


def test_visitor_whose_part_fails_to_end_leaves_with_the_others_and_the_folder() -> None:
    async def check(visitors: Visitors, clock: Clock) -> None:
        visitor = await visitors.add()
        visitor.folder.mkdir()
        ended: list[Visitor] = []

        async def fail(who: Visitor) -> None:
            raise ValueError("no")

        async def end(who: Visitor) -> None:
            ended.append(who)

        visitors.on_leave += [fail, end]
        await visitors.remove_idle(0)
        assert ended == [visitor]
        assert not visitor.folder.exists()

    run(check)


def test_visitors_who_have_nothing_leave_after_a_while() -> None:
    async def check(visitors: Visitors, clock: Clock) -> None:
        idle, asks, runs, busy, has = [await visitors.add() for _ in range(5)]
        runs.on_look.append(lambda look: None)
        busy.requests += 1
        visitors.keeps.append(lambda visitor: visitor is has)
        clock.seconds = 59
        await visitors.remove_idle(60)
        assert len(visitors) == 5
        visitors.find(asks.id)
        clock.seconds = 60
        await visitors.remove_idle(60)
        assert set(visitors) == {asks, runs, busy, has}
        clock.seconds = 1000
        await visitors.remove_idle(60)
        assert set(visitors) == {runs, busy, has}
        assert visitors.find(idle.id) is None

    run(check)


def test_visitors_without_cookies_push_out_those_who_have_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_VISITORS", 3)

    async def check(visitors: Visitors, clock: Clock) -> None:
        first = await visitors.add()
        has = await visitors.add()
        visitors.keeps.append(lambda visitor: visitor is has)
        last = await visitors.add()
        visitors.find(first.id)  # Seen later than the last one.
        new = await visitors.add()
        assert set(visitors) == {first, has, new}
        assert visitors.find(last.id) is None
        visitors.keeps.append(lambda visitor: True)
        with pytest.raises(RefusedError) as caught:
            await visitors.add()
        assert caught.value.status == 429
        assert len(visitors) == 3

    run(check)


def test_requests_without_cookies_fill_neither_memory_nor_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(module, "_MOST_VISITORS", 20)
    made: list[Visitor] = []
    monkeypatch.setattr(module, "Visitor", lambda *arguments: made.append(Visitor(*arguments)) or made[-1])

    async def visit() -> None:
        async with serving_page() as server, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as robot:
            for _ in range(60):
                async with robot.get(server.make_url("/api/state")) as response:
                    assert response.status == 200
            assert len(made) == 60
            assert len([path for path in tmp_path.rglob("*") if path.is_dir()]) == 1

    asyncio.run(visit())
    assert [path for path in tmp_path.iterdir() if path.name.startswith("framechain-")] == []


def test_app_that_ends_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    async def begin() -> None:
        async with serving_page(make_options()):
            assert len(list(tmp_path.iterdir())) == 2

    asyncio.run(begin())
    assert list(tmp_path.iterdir()) == []
