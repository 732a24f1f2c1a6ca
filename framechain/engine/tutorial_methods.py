"""The tutorial's methods of an engine for single frames, for programs that have a loop of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..basics.arguments import check_frame_array
from ..chain import Chain
from ..errors import ObjectResultError
from ..frame import Frame, make_image_info
from ..options import LiveOptions
from ..pixels.image import Image
from ..run.frame_range import FrameRange
from ..run.mirroring import mirror
from ..steering import Skipped, Stop

if TYPE_CHECKING:
    from ..sinks.window import Window


class TutorialMethods:
    """What `Engine` offers for single frames."""

    show: bool
    flip_view: bool | None
    live: LiveOptions
    frame_range: FrameRange
    _chain: Chain
    _window: Window | None = None

    def flip(self, frame: Image) -> Image:
        """Mirror a frame if `flip_view` is set.

        Args:
            frame: uint8 (H, W, 3).

        Returns:
            The mirrored frame, or the frame itself.

        Raises:
            ArgumentTypeError: If it is no array.
        """
        check_frame_array("frame", frame)
        return mirror(frame) if self.flip_view else frame

    def custom_processing(self, frame: Image) -> Image:
        """Apply the custom objects to a frame that belongs to no stream: mattes take it for a single image.

        For frames of a video use `framechain.read(frames, objects=[...])`, which is many times faster.

        Args:
            frame: uint8 (H, W, 3) BGR.

        Returns:
            uint8 (H, W, 3) BGR; (H, W, 4) BGRA if an object made it transparent.

        Raises:
            FramechainError: If it is no array, or an object fails or leaves the frame out.
        """
        check_frame_array("frame", frame)
        try:
            return self._chain(Frame(make_image_info("frame", frame), bgr=frame)).to_array()
        except (Skipped, Stop):
            raise ObjectResultError("there is no result to return: an object left the frame out") from None

    def display(self, frame: Image, webcam: bool = False, waitTime: int = 1) -> bool:  # noqa: N803
        """Show a frame if `show` is set, and pass a key press on to the objects.

        Args:
            frame: uint8 (H, W, 3) BGR.
            webcam: Without effect: keys reach the objects in any case.
            waitTime: Milliseconds to wait for a key; 0 until one is pressed.

        Returns:
            False if the viewer wants to stop.

        Raises:
            ArgumentTypeError: If it is no array.
            DisplayError: If there is no screen.
        """
        check_frame_array("frame", frame)
        if not self.show:
            return True
        if self._window is None:
            from ..sinks.window import Window

            self._window = Window(self.live.title)
        key = self._window.show(frame, wait=waitTime)
        if key is not None:
            self._chain.on_key(key)
        if self._window.closed_by is None:
            return True
        self._window.close()
        self._window = None
        return False

    def check_video_frames_range(self, fnum: int) -> bool:
        """Return whether a frame lies outside the range to process; `start` and `end` do not count.

        Args:
            fnum: The frame's index, from 0.

        Returns:
            True if it is left as it is.
        """
        return self.frame_range.excludes_index(fnum)
