"""A source whose frames are in memory, for tests of sinks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from framechain import Frame, FrameInfo, Source, StreamInfo


class MemorySource(Source):
    """Gives images as the frames of a stream, at `step` ticks from each to the next."""

    def __init__(self, info: StreamInfo, images: Sequence[Any] = (), *, step: int = 40, audio: Any = None) -> None:
        self.info, self.audio = info, audio
        self._images, self._step = images, step

    def __iter__(self) -> Iterator[Frame]:
        for index, image in enumerate(self._images):
            frame = Frame(FrameInfo(index, index * self._step, self._step, self.info), bgr=image[..., :3].copy())
            yield frame.with_bgr(image.copy())
