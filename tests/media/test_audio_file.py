"""The audio of a file whose video is not read."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.audio import beeps, write_audio
from support.media import flats, with_cover, write_clip

from framechain import MediaError
from framechain.media.audio_file import find_audio_track
from framechain.sources.video import VideoSource


@pytest.mark.parametrize("start", [0, 0.5])
def test_find_audio_track_is_that_of_the_video_source(start: float, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mkv", flats(20), audio=beeps(1, start=start))
    with VideoSource(path) as source:
        assert find_audio_track(path, "clip") == source.audio


def test_find_audio_track_of_a_song_begins_with_it_whatever_its_cover(tmp_path: Path) -> None:
    song = write_audio(tmp_path / "song.mp4", beeps(1, start=3))
    covered = with_cover(song, tmp_path / "covered.mp4")
    for path in (song, covered):
        assert float(find_audio_track(path, "song").origin) == pytest.approx(3, abs=0.05)


def test_find_audio_track_of_a_silent_file_is_an_error(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", flats(3))
    with pytest.raises(MediaError, match="cannot take the audio of the clip: it has none"):
        find_audio_track(path, "the clip")
