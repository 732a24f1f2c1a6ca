"""Where results go: a window on the screen, and files, whose codecs PyAV brings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from .verdict import Verdict, join_words

_FILES = "write to files (--output FILE), or look at the page of `framechain serve`"


@dataclass(frozen=True, slots=True)
class ScreenFacts:
    """The screen.

    Attributes:
        needs_x: Whether windows need an X server here, as on Linux.
        has_display: Whether DISPLAY names one.
        has_wayland: Whether there is a Wayland session.
        refusal: Why no window can be opened there.
    """

    needs_x: bool
    has_display: bool = False
    has_wayland: bool = False
    refusal: str = ""


def gather_screen() -> ScreenFacts:
    """Look for a screen; the X server is asked whether it lets this process in."""
    from ..errors import DisplayError
    from ..sinks.x_display import ADVICE, check_display

    display = os.environ.get("DISPLAY", "")
    refusal = ""
    try:
        check_display()
    except DisplayError as error:
        refusal = str(error).replace(f"; {ADVICE}", "").replace(f": {ADVICE}", "")
    if display:  # It may name a host.
        refusal = refusal.replace(f"screen {display} ", "screen ")
    needs_x = sys.platform.startswith(("linux", "freebsd"))
    return ScreenFacts(needs_x, bool(display), bool(os.environ.get("WAYLAND_DISPLAY")), refusal)


def judge_screen(facts: ScreenFacts) -> Iterable[Verdict]:
    """Return whether a window can be shown."""
    if not facts.needs_x:
        yield Verdict("ok", "this system shows windows without an X server")
    elif not facts.has_display and facts.has_wayland:
        advice = "install and start XWayland (Debian: xwayland); or " + _FILES
        yield Verdict("note", "Wayland without an X server: OpenCV's windows need one", advice)
    elif not facts.has_display:
        yield Verdict("note", "none (DISPLAY is not set)", f"{_FILES}; over ssh: ssh -X")
    elif facts.refusal:
        yield Verdict("problem", facts.refusal, f"check DISPLAY and XAUTHORITY; or {_FILES}")
    else:
        yield Verdict("ok", f"an X server{', of a Wayland session' if facts.has_wayland else ''}")


DECODERS = ("h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mjpeg", "prores", "aac", "mp3", "opus")
"""What cameras, phones and browsers write."""

_WHOLE = ("libx264", "aac")
_INSTALL = "pip install --force-reinstall av"


@dataclass(frozen=True, slots=True)
class CodecFacts:
    """Codecs.

    Attributes:
        pyav: PyAV's version.
        ffmpeg: FFmpeg's version.
        encoders: Whether each encoder is there that framechain uses by itself.
        decoders: Whether each usual format can be decoded.
        error: Why PyAV cannot be imported.
    """

    pyav: str = ""
    ffmpeg: str = ""
    encoders: Mapping[str, bool] | None = None
    decoders: Mapping[str, bool] | None = None
    error: str = ""


def gather_codecs() -> CodecFacts:
    """Look for each codec.

    Raises:
        ImportError: If OpenCV cannot be imported, which must come before PyAV.
    """
    import cv2  # noqa: F401

    try:
        from ..pixels.pyav import av
    except ImportError as error:
        return CodecFacts(error=str(error) or "ImportError")
    from ..options import Encoding
    from ..sinks.files.codecs import ALPHA_CODECS, VIDEO_CONTAINERS, choose_codec

    def has(name: str, mode: Literal["r", "w"]) -> bool:
        try:
            av.Codec(name, mode)
        except ValueError:  # PyAV's error for an unknown codec is one.
            return False
        return True

    try:
        usual = [choose_codec(container, Encoding())[0] for container in VIDEO_CONTAINERS.values()]
    except ValueError:
        usual = ["libx264"]
    alpha = [name for name, _ in ALPHA_CODECS.values()]
    encoders = dict.fromkeys([*usual, "libx265", *alpha, "libsvtav1", "aac", "libopus"])
    return CodecFacts(
        av.__version__,
        str(av.ffmpeg_version_info),
        {name: has(name, "w") for name in encoders},
        {name: has(name, "r") for name in DECODERS},
    )


def judge_codecs(facts: CodecFacts) -> Iterable[Verdict]:
    """Return what cannot be read or written."""
    if facts.error:
        yield Verdict("problem", f"PyAV cannot be imported: {facts.error}", _INSTALL)
        return
    encoders, decoders = facts.encoders or {}, facts.decoders or {}
    cannot_write = [name for name, is_there in encoders.items() if not is_there]
    cannot_read = [name for name, is_there in decoders.items() if not is_there]
    named = f"PyAV {facts.pyav} with FFmpeg {facts.ffmpeg}"
    for lacking, does in ((cannot_write, "encode"), (cannot_read, "decode")):
        if lacking:
            is_bad = any(name in (*_WHOLE, "h264") for name in lacking)
            text = f"{named} cannot {does} {join_words(lacking)}"
            yield Verdict("problem" if is_bad else "note", text, f"{_INSTALL}: its wheels have them")
    if not cannot_write and not cannot_read:
        yield Verdict("ok", f"{named} encodes {join_words(list(encoders))}")
        yield Verdict("ok", f"and decodes {join_words(list(decoders))}")
