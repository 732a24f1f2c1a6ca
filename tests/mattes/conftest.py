"""Sequences that the tests of the mattes share."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
import scenes
from scenes import Shot
from support.matte_cases import make_backdrop, make_empty


@pytest.fixture(scope="session")
def view() -> Any:
    """The empty scene of a camera that stands still."""
    return make_backdrop("view")


@pytest.fixture(scope="session")
def empty() -> tuple[Shot, ...]:
    """The empty scene with sensor noise, as long as the warm-up."""
    return make_empty("view")


class Sequences(dict[str, list[Shot]]):
    """A person walks through the scene with sensor noise: in constant light, and with drift and a cast shadow.

    Each is made when it is first asked for.
    """

    KINDS: ClassVar[dict[str, dict[str, float]]] = {
        "clean": {},
        "darker": {"drift": -0.15, "shadow": 0.4},
        "brighter": {"drift": 0.15, "shadow": 0.4},
    }

    def __missing__(self, kind: str) -> list[Shot]:
        self[kind] = list(scenes.make_shots(make_backdrop("view"), 24, **self.KINDS[kind]))  # type: ignore[arg-type]
        return self[kind]


@pytest.fixture(scope="session")
def sequences() -> Sequences:
    """The sequences by their kind."""
    return Sequences()
