"""System libraries that no wheel brings, and microphones, which need one of them."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import reason
from ..media.native_messages import hide_native_messages
from .verdict import INSTALL, Verdict, join_words

LIBRARIES = {
    "libGL.so.1": ("libgl1", "OpenCV"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "OpenCV"),
    "libEGL.so.1": ("libegl1", "MediaPipe"),
    "libGLESv2.so.2": ("libgles2", "MediaPipe"),
    "libxcb.so.1": ("libxcb1", "windows"),
    "libSM.so.6": ("libsm6", "windows"),
    "libportaudio.so.2": ("libportaudio2", "microphones"),
}
"""On Linux: Debian's package of each library, and what needs it."""


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """System libraries.

    Attributes:
        is_linux: Whether this is Linux; on other systems the wheels bring all.
        missing: The libraries that cannot be loaded.
    """

    is_linux: bool
    missing: tuple[str, ...]


def gather_libraries() -> LibraryFacts:
    """Try to load each library."""
    if not sys.platform.startswith("linux"):
        return LibraryFacts(False, ())
    return LibraryFacts(True, tuple(name for name in LIBRARIES if not _can_load(name)))


def _can_load(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def judge_libraries(facts: LibraryFacts) -> Iterable[Verdict]:
    """Return what is missing, for what. Whether it is needed here is seen where it is used."""
    if not facts.is_linux:
        yield Verdict("ok", "nothing is needed beside the wheels on this system")
        return
    for user in dict.fromkeys(user for _, user in LIBRARIES.values()):
        missing = [name for name in facts.missing if LIBRARIES[name][1] == user]
        if missing:
            packages = " ".join(LIBRARIES[name][0] for name in missing)
            text = f"{join_words(missing)} cannot be loaded, which {user} may need"
            yield Verdict("note", text, f"{INSTALL} {packages}")
    if not facts.missing:
        yield Verdict("ok", f"all {len(LIBRARIES)} that OpenCV, MediaPipe, windows and microphones may need")


@dataclass(frozen=True, slots=True)
class MicrophoneFacts:
    """Microphones.

    Attributes:
        count: How many there are; their names may be those of people.
        error: Why that is not known.
    """

    count: int = 0
    error: str = ""


def gather_microphones() -> MicrophoneFacts:
    """Count the microphones."""
    with hide_native_messages(""):  # ALSA prints each device that it does not have.
        try:
            import sounddevice

            devices = sounddevice.query_devices()
        except ImportError as error:
            return MicrophoneFacts(error=f"sounddevice cannot be imported: {reason(error)}")
        except Exception as error:  # sounddevice has an error of its own for all that PortAudio says.
            return MicrophoneFacts(error=f"PortAudio: {reason(error)}")
    return MicrophoneFacts(sum(1 for device in devices if device["max_input_channels"] > 0))


def judge_microphones(facts: MicrophoneFacts) -> Iterable[Verdict]:
    """Return whether a microphone can be recorded."""
    if facts.error:
        advice = f"for sound beside a webcam: pip install sounddevice, and {INSTALL} libportaudio2"
        yield Verdict("note", f"none can be used: {facts.error}", advice)
    elif not facts.count:
        yield Verdict("note", "none was found", "for sound beside a webcam: plug one in")
    else:
        yield Verdict("ok", f"{facts.count} found (--microphone)")
