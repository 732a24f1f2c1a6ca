"""What an object, a matte, a background, a source and a sink must do and may do: all that a plug-in author needs.

Each class names the one method that a subclass must have; everything else is optional and has a default here.

A plain callable may stand for a `FrameObject`, a `Matte` or a `Background`: `lambda frame: 255 - frame` is an object of
the chain. What any of them raises ends the run with an `ObjectError` that names it and the frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
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
    """What objects, mattes and backgrounds share; every part is optional.

    Attributes:
        keys: The keys that `on_key` uses and what each does, for the window's help: {"a": "next background"}. Default:
            none.
    """

    keys: Mapping[str, str] = MappingProxyType({})

    @property
    def name(self) -> str:
        """The name in messages. Default: the name of the class."""
        return type(self).__name__

    @property
    def tunables(self) -> Sequence[Tunable]:
        """Numbers that get a trackbar in the window. Default: none."""
        return ()

    def open(self, stream: StreamInfo) -> None:
        """Prepare for a stream; called before its first frame. Default: do nothing."""

    def close(self) -> None:
        """Release what is held; called after the last frame and after an error. Default: do nothing."""

    def reset(self) -> None:
        """Forget what was learnt of the stream, as if it had just been opened. Default: do nothing."""

    def on_key(self, key: str) -> bool:
        """Handle a key press in the window, one character; return True if it was used. Default: False."""
        return False


class FrameObject(Component):
    """An object of the chain: it must have `__call__`.

    The frames come in order and from one thread. The object owns the array that it is given: it may draw on it and
    return it, or return another one. The next object owns what is returned and may draw on it.

    Attributes:
        gives_alpha: True if the returned frames have alpha, (H, W, 4) BGRA. Default: False.
        hides_background: True if a live stream shows `cover` instead of a frame that fails. Default: False.
        status: A line for the viewer, such as "learning the background". Default: None.
        draws_status: True while the object itself draws `status` on the frame. A mirrored window sets it to False and
            draws the line unmirrored. Default: False.

    Example:
        >>> class Darken(FrameObject):
        ...     keys = {"n": "darker at night"}
        ...     divisor = 2
        ...     def __call__(self, frame):
        ...         return frame // self.divisor
        ...     def on_key(self, key):
        ...         self.divisor = 6 - self.divisor if key == "n" else self.divisor
        ...         return key == "n"
        >>> darken, white = Darken(), np.full((2, 2, 3), 200, np.uint8)
        >>> int(darken(white).max()), darken.on_key("n"), int(darken(white).max())
        (100, True, 50)
    """

    gives_alpha: bool = False
    hides_background: bool = False
    status: str | None = None
    draws_status: bool = False

    def __call__(self, frame: Image) -> Image:
        """Process a frame.

        Args:
            frame: uint8 (H, W, 3) BGR, C-contiguous. If there is a second parameter `info`, it gets the `FrameInfo`.

        Returns:
            uint8 (H, W, 3) BGR, or (H, W, 4) BGRA. The size may differ from the input's, but not between frames.
        """
        raise NotImplementedError

    def process_frame(self, frame: Frame) -> Frame:
        """Process a frame in its layout; override it to work on YUV planes. Default: call the object with BGR.

        Returns:
            The frame, drawn on with `frame.paint`, or `frame.with_bgr(...)` or `frame.with_yuv(...)`.
        """
        return call_with_bgr(self, frame)

    def prepare(self, frame: Frame) -> Callable[[Frame], Frame] | None:
        """Start on a frame while the chain processes an earlier one. Default: None, there is nothing to start.

        It is called in another thread, only for files and for the first object of the chain.

        Returns:
            The rest of the work, called instead of `process_frame`.
        """
        return None

    def cover(self, frame: Image, info: FrameInfo) -> Image:
        """Return what a live stream shows instead of a frame that failed. Default: the blurred frame.

        Args:
            frame: uint8 (H, W, 3) BGR, blurred beyond recognition.
            info: Its place in the stream.
        """
        return frame


class Matte(Component):
    """Says who is foreground: it must have `__call__`.

    Attributes:
        edge: (threshold, softness), both in [0, 1], that turn the returned confidence into alpha. Default: None, the
            returned values are alpha.
        status: A line for the viewer while the matte has no answer; live frames are covered. Default: None.
        works_on_yuv: True if `estimate` does not need the whole frame in BGR. Default: False.
        can_prepare: True if `estimate` may be called for a later frame, in another thread, while an earlier one is
            composited. Default: False.
        mixes_edges: True if partial alpha marks pixels of mixed colour, so that decontamination helps. Default: False.
        corrects_foreground: True if `correct_foreground` changes pixels; frames are then BGR. Default: False.

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
            frame: uint8 (H, W, 3) BGR; read only. If there is a second parameter `info`, it gets the `FrameInfo`.

        Returns:
            (H, W): uint8 in 0..255 or floats in [0, 1]; 255 and 1 are foreground.
        """
        raise NotImplementedError

    def estimate(self, frame: Frame) -> NDArray[np.uint8]:
        """Estimate the matte of a frame; override it to work on YUV or at a smaller size. Default: call the matte.

        Returns:
            uint8 (h, w), 255 = foreground, of the frame's size or smaller.
        """
        image = frame.read_bgr()
        return check_alpha(self(image), self, image.shape[0], image.shape[1])

    def correct_foreground(self, frame: Image, alpha: NDArray[np.uint8]) -> Image:
        """Remove the old background's colour from the foreground (despill). Default: change nothing.

        Args:
            frame: uint8 (H, W, 3) BGR; may be written to.
            alpha: uint8 (H, W), 255 = foreground.
        """
        return frame


class Background(Component):
    """Says what replaces the background: it must have `__call__` or `render`.

    Attributes:
        shows_scene: True if the scene stays visible, such as blurred, and soft edges may keep it. Default: False.
        gives_alpha: True if frames get alpha instead of a background. Default: False.
        works_on_yuv: True if `render` writes Y, U and V as well as BGR. Default: False.

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
        """Return the background of an image.

        Args:
            frame: uint8 (H, W, 3) BGR; read only. Further parameters `alpha`, the finished matte as uint8 (H, W), and
                `info`, the `FrameInfo`, are filled in.

        Returns:
            uint8 (H, W, 3) of any size; fitted to the frame. It is read, not written to.
        """
        raise NotImplementedError

    def render(self, out: Sequence[Plane], source: Sequence[Plane], alphas: Sequence[Plane], info: FrameInfo) -> None:
        """Write the background of a frame, plane by plane. Default: call the background and write its image.

        BGR is one plane of three channels, uint8 (H, W, 3). YUV, given only if `works_on_yuv`, is three planes: Y
        (H, W), U and V (ceil H/2, ceil W/2), in the matrix and range of `info.stream.colour`.

        Args:
            out: Where to write; all of it must be written.
            source: The frame's planes; read only.
            alphas: The finished matte of each plane, uint8, 255 = foreground.
            info: The frame's place in the stream.
        """
        write_background(self(source[0]), out[0], self.name, info)


class Source:
    """Gives frames, as in `Engine(source=Grey())`: it must have `info` and `__iter__`.

    A source whose `info.kind` is "camera" is live: a run drops frames that it cannot process in time.

    Attributes:
        info: The stream; complete before the first frame.
        audio: The audio track that belongs to the frames. Default: None.
        icc_profile: The colour profile of an image, for outputs that can embed it. Default: None.
        warnings: Deviations from what was asked for or from what the file says, a sentence each. Default: none.
        notice: What a viewer should know now, such as "camera lost". Default: None.
        dropped: How many frames were dropped because a newer one was there. Default: 0.

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


class Sink:
    """Takes processed frames, as in `Engine(sinks=[Brightness()])`: it must have `write`.

    The order is `open`, `write` for each frame, then `finish`, or `abort` after an error. A `with` block around an open
    sink calls one of these two.

    Attributes:
        path: The file or address of the result; None if there is none, such as after `abort`. Default: None.
        frames: How many frames were written. Default: 0.
        problem: What was lost although the run went on, as a sentence. Default: None.

    Example:
        >>> class Brightness(Sink):
        ...     def open(self, source):
        ...         self.values = []
        ...     def write(self, frame):
        ...         self.values.append(int(frame.read_bgr().mean()))
        >>> from framechain import open_source
        >>> with open_source("samples/portrait.jpg") as source, Brightness() as sink:
        ...     sink.open(source)
        ...     for frame in source:
        ...         sink.write(frame)
        >>> sink.values
        [114]
    """

    path: str | None = None
    frames: int = 0
    problem: str | None = None

    def open(self, source: Source) -> None:
        """Prepare for the frames of a source, whose `info` and `audio` are known. Default: do nothing."""

    def write(self, frame: Frame) -> None:
        """Take a processed frame, read only; called in order, in the writer's thread."""
        raise NotImplementedError

    def hold(self, image: Image) -> None:
        """Show an image, uint8 (H, W, 3) BGR, while a live source gives no frames. Default: do nothing."""

    def finish(self, *, complete: bool = True) -> None:
        """Complete the output, once only; audio ends with the last frame unless `complete`. Default: do nothing."""

    def abort(self) -> None:
        """Discard the output, unless it was finished or discarded before. Default: do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        if kind is None:
            self.finish()
        else:
            self.abort()
