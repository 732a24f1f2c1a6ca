"""What an object, a matte, a background, a source and a sink must do and may do. Every optional part has a default.

A plain callable is welcome wherever a `FrameObject`, a `Matte` or a `Background` is: `framechain.adapters` wraps it
once. Inherit one of these classes for what a callable cannot say: work on YUV planes, a cover for frames that fail, ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .frame import Frame, FrameInfo, StreamInfo
from .pixels.image import Image, Plane
from .results import call_with_bgr, check_alpha, write_background
from .tunables import Tunable

if TYPE_CHECKING:
    from typing_extensions import Self

    from .media.audio import AudioTrack


class Component:
    """What chain objects, mattes and backgrounds have in common: a stream begins and ends, keys, numbers to tune.

    Attributes:
        keys: The keys that `on_key` uses and what each does, such as {"a": "next background"}; for the window's help.
    """

    keys: Mapping[str, str] = MappingProxyType({})

    @property
    def name(self) -> str:
        """The name in messages."""
        return type(self).__name__

    @property
    def tunables(self) -> Sequence[Tunable]:
        """Numbers that get a trackbar."""
        return ()

    def open(self, stream: StreamInfo) -> None:
        """Prepare for a new stream; called before its first frame."""

    def close(self) -> None:
        """Release what is held; called after the last frame and after an error."""

    def reset(self) -> None:
        """Forget what was learnt of the stream."""

    def on_key(self, key: str) -> bool:
        """Handle a key press in the window.

        Args:
            key: One character.

        Returns:
            True if the key was used.
        """
        return False


class FrameObject(Component):
    """An object of the chain.

    An object gets the frames in order and from one thread. The array is its own: it may draw on it and return it, or
    return another one, also one that it fills anew for each frame. It gives away what it returns, and what it was
    given: the next object may draw on both.

    Attributes:
        gives_alpha: True if the returned frames have alpha, (H, W, 4) BGRA.
        hides_background: True if a raw frame must never be shown on a live stream; `cover` then replaces frames that
            fail.
        status: A line for the viewer, such as "learning the background"; None for nothing.
        draws_status: True while the object draws `status` on the frame itself. A mirrored window sets it to False and
            draws the line unmirrored.

    Example:
        >>> class Darken(FrameObject):
        ...     def __call__(self, frame):
        ...         return frame // 2
        >>> int(Darken()(np.full((2, 2, 3), 200, np.uint8)).max())
        100
    """

    gives_alpha: bool = False
    hides_background: bool = False
    status: str | None = None
    draws_status: bool = False

    def __call__(self, frame: Image) -> Image:
        """Process one frame.

        Args:
            frame: uint8 (H, W, 3) BGR, C-contiguous. A further parameter `info` is filled with the `FrameInfo`.

        Returns:
            uint8 (H, W, 3) BGR, or (H, W, 4) BGRA. The size may differ from the input's, but not between frames.
        """
        raise NotImplementedError

    def process_frame(self, frame: Frame) -> Frame:
        """Process one frame in the layout it has; override it to work on YUV planes.

        Args:
            frame: BGR or YUV, see `Frame.is_yuv`.

        Returns:
            The frame, or `frame.with_bgr(...)` or `frame.with_yuv(...)`.
        """
        return call_with_bgr(self, frame)

    def prepare(self, frame: Frame) -> Callable[[Frame], Frame] | None:
        """Do the part of the work that does not depend on earlier frames. Files only, in another thread.

        Called for a later frame while the chain processes an earlier one, for the chain's first object alone.

        Args:
            frame: A frame as the source gave it.

        Returns:
            The rest of the work, called instead of `process_frame`; None if there is nothing to skip.
        """
        return None

    def cover(self, frame: Image, info: FrameInfo) -> Image:
        """Return what a live stream shows instead of a frame that failed; used if `hides_background`.

        Args:
            frame: uint8 (H, W, 3) BGR, blurred beyond recognition.
            info: Its place in the stream.

        Returns:
            uint8 (H, W, 3) or (H, W, 4).
        """
        return frame


class Matte(Component):
    """Says who is foreground.

    Attributes:
        edge: (threshold, softness) that turn the confidence into alpha; None for a matte that returns alpha.
        status: A line for the viewer while the matte cannot answer yet; live frames are covered meanwhile.
        works_on_yuv: True if `estimate` takes frames in YUV without converting all of them.
        can_prepare: True if `estimate` may be called ahead of the composition, in another thread, for files.
        mixes_edges: True if partial alpha marks pixels of mixed colour, so that decontamination helps.
        corrects_foreground: True if `correct_foreground` changes pixels; such a frame is processed as BGR.

    Example:
        >>> class LeftHalf(Matte):
        ...     def __call__(self, frame):
        ...         alpha = np.zeros(frame.shape[:2], np.uint8)
        ...         alpha[:, : frame.shape[1] // 2] = 255
        ...         return alpha
        >>> LeftHalf()(np.zeros((1, 4, 3), np.uint8)).tolist()
        [[255, 255, 0, 0]]
    """

    edge: tuple[float, float] | None = None
    status: str | None = None
    works_on_yuv: bool = False
    can_prepare: bool = False
    mixes_edges: bool = False
    corrects_foreground: bool = False

    def __call__(self, frame: Image) -> NDArray[Any]:
        """Estimate the matte of an image.

        Args:
            frame: uint8 (H, W, 3) BGR.

        Returns:
            (H, W): uint8 in 0..255 or floats in [0, 1]; 255 and 1 are foreground.
        """
        raise NotImplementedError

    def estimate(self, frame: Frame) -> NDArray[np.uint8]:
        """Estimate the matte of a frame; override it to work on YUV or to answer at a smaller size.

        Args:
            frame: BGR, or YUV if `works_on_yuv`.

        Returns:
            uint8 (h, w), 255 = foreground, of the frame's size or smaller.
        """
        image = frame.read_bgr()
        return check_alpha(self(image), self, image.shape[0], image.shape[1])

    def correct_foreground(self, frame: Image, alpha: NDArray[np.uint8]) -> Image:
        """Correct the foreground's colours, such as the spill of a green screen; used if `corrects_foreground`.

        Args:
            frame: uint8 (H, W, 3) BGR; may be written to.
            alpha: uint8 (H, W), 255 = foreground.

        Returns:
            uint8 (H, W, 3).
        """
        return frame


class Background(Component):
    """Says what replaces the background.

    Attributes:
        shows_scene: True if the scene itself is shown, such as blurred: its colours may stay in soft edges.
        gives_alpha: True if nothing is shown: frames get alpha.
        works_on_yuv: True if `render` writes Y, U and V as well as BGR.

    Example:
        >>> class Red(Background):
        ...     def __call__(self, frame):
        ...         return np.full_like(frame, (0, 0, 255))
        >>> Red()(np.zeros((1, 1, 3), np.uint8)).tolist()
        [[[0, 0, 255]]]
    """

    shows_scene: bool = False
    gives_alpha: bool = False
    works_on_yuv: bool = False

    def __call__(self, frame: Image) -> Image:
        """Return the background of a frame.

        Args:
            frame: uint8 (H, W, 3) BGR.

        Returns:
            uint8 (H, W, 3); it is read and not written to.
        """
        raise NotImplementedError

    def render(self, out: Sequence[Plane], source: Sequence[Plane], alphas: Sequence[Plane], info: FrameInfo) -> None:
        """Write the background of a frame; override it where it depends on the matte or the time, or works on YUV.

        BGR is one plane of three channels, uint8 (H, W, 3). YUV, given only if `works_on_yuv`, is three planes: Y
        (H, W), U and V (ceil H/2, ceil W/2), in the matrix and range of `info.stream.colour`.

        Args:
            out: Where to write, all of it.
            source: The frame's planes; read only.
            alphas: The finished matte of each plane, uint8, 255 = foreground.
            info: The frame's place in the stream.
        """
        write_background(self(source[0]), out[0], self.name, info)


class Source:
    """Gives frames. Use it in a `with` block, or close it.

    A source whose `info.kind` is "camera" is live: the run keeps only its newest frame.

    Attributes:
        info: What is known of the stream; complete before the first frame.
        audio: The audio track that belongs to the frames; None for none.
        icc_profile: The colour profile of an image, for outputs that can embed it; None for none.
        warnings: What differs from what was asked for or what the file says, a sentence each; may grow.
        notice: What a viewer should know now, such as that the camera is lost; None if all is well.
        dropped: How many frames were left out because a newer one was there.

    Example:
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
    icc_profile: bytes | None = None
    warnings: Sequence[str] = ()
    notice: str | None = None
    dropped: int = 0

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames in order, with growing times. Called in a thread of the run."""
        raise NotImplementedError

    def shortfall(self) -> str | None:
        """Return why there were fewer frames than promised, as a sentence; None if there were not."""
        return None

    def stop(self) -> None:
        """End an iteration that waits in another thread."""

    def close(self) -> None:
        """Release what is held; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Sink:
    """Takes processed frames: `open`, then `write` for each frame, then `finish`, or `abort` after an error.

    A `with` block around a sink that is open finishes it at its end and aborts it after an error.

    Attributes:
        path: The file or address of the result; None if there is none, such as after `abort`.
        frames: How many frames were written.
        problem: What was lost although the run went on, as a sentence; None if nothing was.

    Example:
        >>> class Times(Sink):
        ...     def open(self, source):
        ...         self.times = []
        ...     def write(self, frame):
        ...         self.times.append(frame.info.time)
    """

    path: str | None = None
    frames: int = 0
    problem: str | None = None

    def open(self, source: Source) -> None:
        """Prepare for the frames of a source: its `info` and `audio` are known."""

    def write(self, frame: Frame) -> None:
        """Take a processed frame; called in order, in the writer's thread.

        Args:
            frame: Other sinks get the same one: do not change it.
        """
        raise NotImplementedError

    def hold(self, image: Image) -> None:
        """Show an image while a live source gives no frames.

        Args:
            image: uint8 (H, W, 3) BGR: the last frame with a line that says why.
        """

    def finish(self, *, complete: bool = True) -> None:
        """Complete the output; does nothing if it was finished or aborted before.

        Args:
            complete: False if the run ended before the source did, so that audio ends with the last frame.
        """

    def abort(self) -> None:
        """Throw the output away; does nothing if it was finished or aborted before."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.abort()
