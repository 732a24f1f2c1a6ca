"""The audio of a file whose video, if it has one, is not read."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from ..errors import MediaError
from .audio import AudioTrack
from .open_input import open_input


def find_audio_track(path: str, name: str) -> AudioTrack:
    """Find the audio of a file: a song, or a video whose audio stays in step with its own frames.

    Args:
        path: A local path or a stream's URL.
        name: Its name in errors.

    Returns:
        The track.

    Raises:
        MediaError: If it is no media, or has no audio.

    Example:
        >>> find_audio_track("samples/clip.mp4", "samples/clip.mp4").decoder
        'aac'
    """
    with open_input(path, name) as container:
        audio: Any = container.streams.best("audio")
        if audio is None:
            raise MediaError(f"cannot take the audio of {name}: it has none")
        starts = [max(_get_start(audio), Fraction(0))]
        for video in container.streams.video:
            if not video.disposition & type(video.disposition).attached_pic:  # A song's cover is a video stream, too.
                starts.append(_get_start(video))
        decoder = audio.codec_context.name if audio.codec_context else None
        return AudioTrack(path, audio.index, min(starts), decoder)


def _get_start(stream: Any) -> Fraction:
    return (stream.start_time or 0) * (stream.time_base or Fraction(0))
