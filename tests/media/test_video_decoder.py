"""The images of a video stream, in order; sources/test_video.py has whole sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.media import flats, level, with_cover, write_clip

from framechain.errors import MediaError
from framechain.media.video_decoder import VideoDecoder


def test_video_decoder_gives_all_images_then_none(tmp_path: Path) -> None:
    decoder = VideoDecoder(write_clip(tmp_path / "clip.mp4", flats(12)), "clip", pytest.fail)
    images = [decoder.read() for _ in range(12)]
    assert images[0] is decoder.first
    means = [image.to_ndarray(format="gray").mean() for image in images if image is not None]
    assert means == pytest.approx([level(index) for index in range(12)], abs=3)
    assert decoder.read() is None
    assert (decoder.damaged, decoder.failure) == (0, None)
    decoder.close()


def test_video_decoder_counts_packets_beside_its_own_reading(tmp_path: Path) -> None:
    decoder = VideoDecoder(write_clip(tmp_path / "clip.mkv", flats(12)), "clip", pytest.fail)
    decoder.read()
    assert decoder.count_packets() == 12
    assert sum(1 for _ in iter(decoder.read, None)) == 11


def test_video_decoder_closed_gives_nothing(tmp_path: Path) -> None:
    decoder = VideoDecoder(write_clip(tmp_path / "clip.mp4", flats(12)), "clip", pytest.fail)
    decoder.close()
    decoder.close()
    assert decoder.read() is None


def test_video_decoder_cover_is_not_the_video(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", flats(3))
    covered = with_cover(clip, tmp_path / "covered.mp4")
    decoder = VideoDecoder(covered, "clip", pytest.fail)
    assert (decoder.first.width, decoder.first.height) == (64, 48)
    decoder.close()


def test_video_decoder_audio_alone_is_refused(tmp_path: Path) -> None:
    from support.audio import beeps, write_audio

    with pytest.raises(MediaError, match="cannot read song: it holds no video stream, only audio"):
        VideoDecoder(write_audio(tmp_path / "song.m4a", beeps(1.0)), "song", pytest.fail)
