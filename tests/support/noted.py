"""An object for chains that notes what is called."""

from __future__ import annotations

from typing import Any


class Noted:
    """An object that notes its hooks."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def open(self, stream: Any) -> None:
        self.calls.append("open")

    def __call__(self, frame: Any, info: Any) -> Any:
        self.calls.append(info.index)
        return frame

    def close(self) -> None:
        self.calls.append("close")
