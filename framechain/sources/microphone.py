"""A microphone beside a webcam, through PortAudio."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import CameraError, FramechainError, LateError, reason
from ..media.live_audio.clock import StreamClock
from ..media.live_audio.feed import AudioFormat, AudioPacket, LiveAudio
from ..media.native_messages import hide_native_messages
from ..threads.worker import Worker

_OPEN_SECONDS = 5.0
# Without sound for so long, it was unplugged.
_SILENT_SECONDS = 5.0
# Short enough for the window's mute key, long enough for a busy machine.
_BLOCK_SECONDS = 0.02
_MOST_CHANNELS = 2


def _load() -> Any:
    import sounddevice

    return sounddevice


# The tests replace it, as their machines have no microphone.
_load_portaudio: Callable[[], Any] = _load


class Microphone:
    """Passes the sound of a microphone on, with the times at which it was heard.

    The samples are counted, because their number says more about time than the moments at which blocks arrive; a
    `StreamClock` finds out when the count began, and follows the drift of the sound card.
    """

    def __init__(self, name: str, audio: LiveAudio) -> None:
        """Open a microphone and begin.

        Args:
            name: A part of its name or its number; "auto" for the one that the system uses.
            audio: Gets its sound.

        Raises:
            CameraError: If there is no such microphone, or it cannot be opened.
        """
        self._name, self._audio = name, audio
        self._clock = StreamClock()
        self._count = 0
        self._heard = time.monotonic()
        self._is_told = False
        worker = Worker("framechain-microphone", limit_name="the time to open it")
        try:
            self._stream: Any = worker.call("opening it", self._open, _OPEN_SECONDS)
        except LateError:
            raise CameraError(f"the microphone {name} does not answer") from None
        finally:
            worker.end()
        self._heard = time.monotonic()

    def _open(self) -> Any:
        try:
            portaudio = _load_portaudio()
        except (ImportError, OSError) as error:
            raise CameraError(
                f"microphones need sounddevice and PortAudio ({reason(error)}): pip install sounddevice, on Debian and "
                "Ubuntu apt install libportaudio2"
            ) from error
        # ALSA prints each device that it does not have.
        with hide_native_messages(""):
            try:
                device = _find_device(portaudio.query_devices(), portaudio.default.device[0], self._name)
                found = portaudio.query_devices(device)
                self._rate = round(found["default_samplerate"])
                channels = min(_MOST_CHANNELS, found["max_input_channels"])
                self._format = AudioFormat("pcm_s16le", self._rate, channels)
                stream = portaudio.RawInputStream(
                    device=device,
                    samplerate=self._rate,
                    channels=channels,
                    dtype="int16",
                    blocksize=round(self._rate * _BLOCK_SECONDS),
                    callback=self._take,
                )
                stream.start()
            except FramechainError:
                raise
            except Exception as error:  # sounddevice has an error of its own for all that PortAudio says.
                raise CameraError(f"the microphone {self._name} cannot be opened ({reason(error)})") from error
        self._audio.format = self._format
        return stream

    def _take(self, data: Any, frames: int, times: Any, status: Any) -> None:
        """Pass a block on; called by PortAudio in a thread of its own."""
        self._heard = now = time.monotonic()
        if status.input_overflow:  # Nobody knows how many samples were lost.
            self._clock = StreamClock()
        duration, pts = frames / self._rate, self._count / self._rate
        # PortAudio's own times are wrong by up to 0.3 s on PulseAudio, for some seconds.
        self._clock.place(pts, now - duration)
        self._count += frames
        self._audio.put(AudioPacket(bytes(data), pts, duration, self._clock.anchor, self._format))

    def take_problem(self) -> str | None:
        """Return once that it has fallen silent, as a sentence; None as long as all is well."""
        if self._is_told or time.monotonic() - self._heard < _SILENT_SECONDS:
            return None
        self._is_told = True
        return f"the microphone {self._name} gives no sound any more: it may be unplugged, the image goes on"

    def close(self) -> None:
        """Release the microphone; may be called twice."""
        self._stream.close(ignore_errors=True)


def _find_device(devices: Sequence[Any], default: int, name: str) -> int:
    inputs = {number: found["name"] for number, found in enumerate(devices) if found["max_input_channels"] > 0}
    if not inputs:
        raise CameraError("no microphone was found, plug one in")
    if name == "auto":
        return default if default in inputs else next(iter(inputs))
    if name.isdecimal() and int(name) in inputs:
        return int(name)
    matches = [number for number, known in inputs.items() if name.lower() in known.lower()]
    exact = [number for number in matches if inputs[number].lower() == name.lower()]
    if not matches:
        known = ", ".join(f"{number} ({found})" for number, found in inputs.items())
        raise CameraError(f"there is no microphone {name!r}, found {known}")
    return (exact or matches)[0]
