"""Text: a caption, the time of day, the frame's number, in a real font."""

from __future__ import annotations

import datetime
import difflib
import functools
import io
import os
import re
import string
import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..basics.arguments import check_bgr, check_choice, check_path
from ..compositing.placement import ANCHORS
from ..errors import ArgumentError, MediaError, MissingInputError
from ..frame import Frame
from ..models.assets import read_asset
from .base import Effect, Number
from .overlay import Bgra, Patch, Place

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_FIELDS = "index", "time", "timecode", "name", "width", "height", "fps"
_FONT, _FONT_DIGEST = "DejaVuSans.ttf", "3fdf69cabf06049ea70a00b5919340e2ce1e6d02b0cc3c4b44fb6801bd1e0d22"
# A text of many letters would be a picture of gigabytes.
_MOST_LETTERS = 2000


class Text(Effect):
    """Writes a text on the frames: with the time of day, and what is known of the frame.

    Pillow draws it by FreeType, in any language that the font has. The default font, DejaVu Sans, has Latin, Greek,
    Cyrillic and Arabic letters, no Chinese or Japanese ones. A dark outline keeps it legible on any background. It is
    drawn anew only when it changes.

    Example:
        >>> caption = Text("{name}: frame {index} at {time:.1f} s, {timecode}", "top left")
        >>> from framechain import FrameInfo, StreamInfo
        >>> info = FrameInfo(50, 2000, 40, StreamInfo("clip.mp4", "video", 640, 360))
        >>> caption.write(info, (640, 360))
        'clip.mp4: frame 50 at 2.0 s, 00:00:02.000'
        >>> bool(caption(np.zeros((90, 160, 3), np.uint8)).max() > 200)
        True
    """

    size = Number(0.005, 1, tunable="text_size", step=0.005)
    opacity = Number(0, 1, tunable="text_opacity")
    margin = Number(0, 0.5)
    outline = Number(0, 1)

    def __init__(
        self,
        text: str = "%H:%M:%S",
        corner: str = "bottom left",
        *,
        size: float = 0.06,
        color: Sequence[int] = (255, 255, 255),
        font: str | os.PathLike[str] | None = None,
        opacity: float = 1.0,
        margin: float = 0.03,
        outline: float = 0.08,
        clock: Callable[[], datetime.datetime] = datetime.datetime.now,
    ) -> None:
        """Choose what is written, and how.

        Args:
            text: The text, of one or more lines. Codes of `strftime` such as %H:%M:%S are the time of day; write %% for
                a percent sign. {index}, {time} in seconds, {timecode}, {name} of the file, {width}, {height} and
                {fps} are those of the frame, with a format if wanted, as in {time:.2f}; write {{ for a brace.
            corner: "top left", "top", "top right", "left", "center", "right", "bottom left", "bottom", "bottom right".
            size: The font's height as a share of the frame's, from 0.005 to 1.
            color: (blue, green, red), 0..255 each.
            font: The path of a TrueType or OpenType font; DejaVu Sans if not given.
            opacity: From 0 to 1.
            margin: Distance from the border as a share of the frame's shorter side, from 0 to 0.5.
            outline: Width of the dark outline as a share of the font's height; 0 for none.
            clock: Returns the time of day.

        Raises:
            ArgumentError: If a number is out of range, or the text has an unknown name in braces.
            ArgumentTypeError: If the font is no path.
            MissingInputError: If there is no such font file.
            MediaError: If the file is no font.
        """
        self.text, self.corner = text, check_choice("corner", corner, tuple(ANCHORS))
        self.size, self.opacity, self.margin, self.outline = size, opacity, margin, outline
        self.color = check_bgr("color", color)
        self.font = None if font is None else check_path("font", font)
        self._clock = clock
        self._drawn: tuple[object, Patch | None] | None = None
        _check_template(text)
        self._load_font(12)

    def process_frame(self, frame: Frame) -> Frame:
        """Write the text on a frame, in the layout that it has."""
        text, height = self.write(frame.info, frame.size), max(1, round(self.size * frame.size[1]))
        key = text, height, self.color, self.outline, self.font, frame.size
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = key, self._draw(text, height, frame.size)
        patch = self._drawn[1]
        if patch is None or self.opacity == 0:
            return frame
        return patch.lay_over(frame, Place(self.corner, self.margin, self.opacity))

    def write(self, info: Any, size: tuple[int, int]) -> str:
        """Return the text for a frame.

        Args:
            info: The frame's place in its stream.
            size: (width, height) of the frame.
        """
        milliseconds = round(info.time * 1000)
        hours, rest = divmod(milliseconds, 3_600_000)
        minutes, rest = divmod(rest, 60_000)
        values = {
            "index": info.index,
            "time": info.time,
            "timecode": f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}",
            # What is before the file's name, such as a home folder, is not for the viewers.
            "name": re.split(r"[/\\]", info.stream.name)[-1],
            "width": size[0],
            "height": size[1],
            "fps": float(info.stream.rate or 0),
        }
        # The name of a file may hold a percent sign: the time of day comes first.
        template = self._clock().strftime(self.text) if "%" in self.text else self.text
        text = template.format(**values)[:_MOST_LETTERS].expandtabs(4)
        # No font has a letter for these, and some break Pillow's layout.
        return "".join(one for one in text if one == "\n" or unicodedata.category(one) not in ("Cc", "Cs"))

    def _draw(self, text: str, height: int, size: tuple[int, int]) -> Patch | None:
        """Draw a text; None if there is nothing to be seen."""
        from PIL import Image, ImageDraw

        font, stroke = self._load_font(height), round(self.outline * height)
        align = {0.0: "left", 0.5: "center", 1.0: "right"}[ANCHORS[self.corner][0]]
        options: dict[str, Any] = {"font": font, "stroke_width": stroke, "align": align, "spacing": height // 4}
        ruler = ImageDraw.Draw(Image.new("L", (1, 1)))
        left, top, right, bottom = ruler.multiline_textbbox((0, 0), text, **options)
        # What is much larger than the frame is not seen.
        wide, high = min(int(right - left) + 2, 4 * size[0]), min(int(bottom - top) + 2, 4 * size[1])
        if not text.strip() or wide <= 2 or high <= 2:
            return None
        whole, inner = Image.new("L", (wide, high)), Image.new("L", (wide, high))
        start = 1 - left, 1 - top
        ImageDraw.Draw(whole).multiline_text(start, text, fill=255, stroke_fill=255, **options)
        # The same layout once more: the outline in black, the letters over it.
        ImageDraw.Draw(inner).multiline_text(start, text, fill=255, stroke_fill=0, **options)
        alpha, letters = np.asarray(whole, np.float32), np.asarray(inner, np.float32)
        alpha = np.maximum(alpha, letters)
        shares = (letters / np.maximum(alpha, 1))[..., None]
        colours = shares * np.array(self.color, np.float32)
        picture: Bgra = np.dstack([np.rint(colours), alpha]).astype(np.uint8)
        return Patch(picture)

    def _load_font(self, height: int) -> FreeTypeFont:
        from PIL import ImageFont

        if self.font is None:
            return ImageFont.truetype(io.BytesIO(_read_default_font()), height)
        if not os.path.isfile(self.font):
            raise MissingInputError(f"font not found: {self.font} (looked in {os.getcwd()})")
        try:
            return ImageFont.truetype(self.font, height)
        except OSError as error:
            raise MediaError(f"{self.font} is no font that can be read ({error}): give a .ttf or .otf file") from error

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_drawn": None}


@functools.lru_cache(maxsize=1)
def _read_default_font() -> bytes:
    """Return the file of DejaVu Sans: Pillow's own font knows ASCII alone."""
    return read_asset(_FONT, _FONT_DIGEST, "font")


def _check_template(text: str) -> None:
    """Refuse a text whose braces name something unknown, or reach into an object."""
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
    except ValueError as error:
        raise ArgumentError(
            f"text {text!r} has a brace without its partner ({error}): write {{{{ for a brace"
        ) from error
    for field in fields:
        if field not in _FIELDS:
            near = difflib.get_close_matches(field, _FIELDS, 1)
            advice = f"did you mean {{{near[0]}}}?" if near else f"there is {', '.join(_FIELDS)}"
            raise ArgumentError(f"text has {{{field}}}, which is not known of a frame: {advice}")
    try:
        if "%" in text:
            datetime.datetime(2000, 1, 1).strftime(text)
        text.format(index=0, time=0.0, timecode="", name="", width=1, height=1, fps=0.0)
    except (ValueError, TypeError) as error:
        raise ArgumentError(f"text {text!r} has a format that cannot be used: {error}") from error
