"""A backend of pyvirtualcam for the tests: no machine of theirs has a virtual camera."""

from __future__ import annotations

import time
from typing import Any

import pytest


class Loopback:
    """A backend of pyvirtualcam that keeps what it is sent."""

    made: list[Loopback] = []  # noqa: RUF012
    fails_after = 10**9

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None, **more: Any) -> None:
        if device not in (None, "/dev/video9"):
            raise RuntimeError(f"there is no {device} here")
        self.shape, self.fps = (height, width, 3), fps
        self.images: list[Any] = []
        self.times: list[float] = []
        self.closed, self.failed = 0, False
        Loopback.made.append(self)

    def send(self, frame: Any) -> None:
        if len(self.images) >= self.fails_after:
            self.failed = True
            raise RuntimeError("the device went away")
        self.times.append(time.monotonic())
        self.images.append(frame.reshape(self.shape).copy())

    def close(self) -> None:
        self.closed += 1

    def device(self) -> str:
        return "/dev/video9"

    def native_fourcc(self) -> None:
        return None


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> list[Loopback]:
    """The only backend is `Loopback`; its devices, as they are opened."""
    pyvirtualcam = pytest.importorskip("pyvirtualcam")
    from pyvirtualcam import camera as backends

    monkeypatch.setattr(backends, "BACKENDS", {})
    pyvirtualcam.register_backend("loopback", Loopback)
    monkeypatch.setattr(Loopback, "made", [])
    return Loopback.made
