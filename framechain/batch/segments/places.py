"""Segments at the places where a batch is worked on: this process, local workers, a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

from ..job import BrokenOffError
from ..runners import Answer, Runner, never

Pair = TypeVar("Pair")


class Map(Protocol):
    """Calls a function for each item, perhaps side by side; the answers come in any order."""

    def __call__(self, function: Callable[[Any], Answer], items: Iterable[Any], /) -> Iterable[Answer]: ...  # noqa: D102


def make_map(
    runner: Runner,
    must_stop: Callable[[], bool] = never,
    must_break_off: Callable[[], bool] = never,
    lose: Callable[[Exception], object] = never,
) -> Map:
    """Return a `map` for `process_in_segments` that calls at a runner's places.

    Args:
        runner: Where the calls are made.
        must_stop: As in `Runner.map`, and so is the next one.
        must_break_off: See there.
        lose: Called with what the runner itself raises, such as that the cluster was lost.

    Example:
        >>> from framechain.batch.runners import LocalRunner
        >>> sorted(make_map(LocalRunner())(abs, [-2, 1]))
        [1, 2]
    """

    def call(function: Callable[[Any], Answer], items: Iterable[Any]) -> Iterator[Answer]:
        waiting = list(items)
        answers = _report(runner.map(function, waiting, must_stop=must_stop, must_break_off=must_break_off), lose)
        for count, (_, answer) in enumerate(answers, 1):
            if isinstance(answer, Exception):
                raise answer
            yield answer
            if count == len(waiting):
                return
        if must_stop() or must_break_off():
            raise BrokenOffError("it was stopped before its end; the same command goes on with what is missing")

    return call


def _report(answers: Iterator[Pair], lose: Callable[[Exception], object]) -> Iterator[Pair]:
    """Yield what the runner yields; tell what it raises."""
    try:
        yield from answers
    except Exception as error:
        lose(error)
        raise
