"""Who is next."""

from __future__ import annotations

import asyncio
from typing import Any

from framechain.web.jobs.queue import JobQueue


class Waiting:
    def __init__(self, visitor: str, number: int) -> None:
        self.visitor, self.number = visitor, number

    def __repr__(self) -> str:
        return f"{self.visitor}{self.number}"


def fill(queue: JobQueue, text: str) -> dict[str, Any]:
    jobs = {word: Waiting(word[0], int(word[1])) for word in text.split()}
    for job in jobs.values():
        queue.add(job)  # type: ignore[arg-type]
    return jobs


async def take(queue: JobQueue, count: int) -> str:
    return " ".join([repr(await queue.take()) for _ in range(count)])


def test_take_gives_one_of_each_visitor_in_turn() -> None:
    async def main() -> None:
        queue = JobQueue()
        fill(queue, "a1 a2 a3 a4 b1 b2 c1")
        assert await take(queue, 2) == "a1 b1"
        fill(queue, "d1 b3")
        assert await take(queue, 7) == "c1 a2 b2 d1 a3 b3 a4"
        fill(queue, "a5 b4")  # The visitor whose job was done last is not the next one.
        assert await take(queue, 2) == "b4 a5"

    asyncio.run(main())


def test_take_waits_for_the_first_job_and_skips_those_that_were_removed() -> None:
    async def main() -> None:
        queue = JobQueue()
        taking = asyncio.create_task(take(queue, 1))
        await asyncio.sleep(0)
        jobs = fill(queue, "a1")
        queue.remove(jobs["a1"])
        await asyncio.sleep(0.01)
        assert not taking.done()
        jobs = fill(queue, "a1 a2 b1")
        queue.remove(jobs["a1"])
        queue.remove(jobs["a1"])
        assert await asyncio.wait_for(taking, 10) == "a2"
        assert await take(queue, 1) == "b1"

    asyncio.run(main())
