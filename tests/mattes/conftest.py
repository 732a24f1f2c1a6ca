"""Sequences that the tests of the mattes share."""

from __future__ import annotations

from typing import Any

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


@pytest.fixture(scope="session")
def sequences(view: Any) -> dict[str, list[Shot]]:
    """A person walks through the scene with sensor noise: in constant light, and with drift and a cast shadow."""
    return {
        "clean": list(scenes.make_shots(view, 24)),
        "darker": list(scenes.make_shots(view, 24, drift=-0.15, shadow=0.4)),
        "brighter": list(scenes.make_shots(view, 24, drift=0.15, shadow=0.4)),
    }
