"""A source: it gives frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from ..frame import Frame, StreamInfo

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..media.audio import AudioTrack
    from ..media.live_audio.feed import LiveAudio


class Source:
    """Gives frames, as in `Engine(source=Grey())`: it must have `info` and `__iter__`.

    A source whose `info.kind` is "camera" is live: a run drops frames that it cannot process in time.

    Attributes:
        info: The stream; complete before the first frame.
        audio: The audio track that belongs to the frames. Default: None.
        live_audio: The audio of a live source, to which outputs listen. Default: None.
        begins_at: Seconds of the stream at which an output begins, where the frames are a part of the stream: the
            audio begins there too, and ends with the last frame. Default: None, they are all of it.
        icc_profile: The colour profile of an image, for outputs that can embed it. Default: None.
        warnings: Deviations from what was asked for or from what the file says, a sentence each. Default: none.
        notice: What a viewer should know now, such as "camera lost". Default: None.
        dropped: How many frames were dropped because a newer one was there. Default: 0.

    Example:
        >>> import numpy as np
        >>> from framechain import FrameInfo
        >>> class Grey(Source):
        ...     info = StreamInfo("grey", "video", 64, 48)
        ...     def __iter__(self):
        ...         for index in range(3):
        ...             bgr = np.full((48, 64, 3), 128, np.uint8)
        ...             yield Frame(FrameInfo(index, 40 * index, 40, self.info), bgr=bgr)
        >>> [frame.info.time for frame in Grey()]
        [0.0, 0.04, 0.08]
    """

    info: StreamInfo
    audio: AudioTrack | None = None
    live_audio: LiveAudio | None = None
    begins_at: Fraction | None = None
    icc_profile: bytes | None = None
    warnings: Sequence[str] = ()
    notice: str | None = None
    dropped: int = 0

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames in order, with growing times. A run calls it in a thread of its own."""
        raise NotImplementedError

    def count_frames(self) -> int | None:
        """Return how many frames there are; None if unknown. Default: `info.frame_count`."""
        return self.info.frame_count

    def shortfall(self) -> str | None:
        """Return why there were fewer frames than promised, as a sentence. Default: None, there were not."""
        return None

    def stop(self) -> None:
        """End an iteration that waits in another thread. Default: do nothing."""

    def close(self) -> None:
        """Release what is held; may be called twice. Default: do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
