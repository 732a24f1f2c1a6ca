"""The one place that opens media for reading; test_safety.py has what it must not open."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.media import flats, write_clip

from framechain.errors import MediaError
from framechain.media.limits import VARIABLE
from framechain.media.open_input import (
    describe_decoding_error,
    describe_ffmpeg_error,
    make_no_size_error,
    open_input,
    prepare_decoder,
)
from framechain.pixels.pyav import av


@pytest.mark.parametrize("name", ["clip.mp4", "a clip: é#1 %20.mkv", "concat:clip.mp4"])
def test_open_input_any_name_is_a_path(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(write_clip(tmp_path / "clip.mkv", flats(3)))
    path.rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    with open_input(name, "it") as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (64, 48)


def test_open_input_something_else_is_an_error_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"this is no video" * 100)
    with pytest.raises(MediaError, match="cannot read my clip: it is no video or image that FFmpeg understands") as got:
        open_input(str(path), "my clip")
    assert isinstance(got.value.__cause__, av.FFmpegError | ValueError)


def test_open_input_list_of_files_is_not_self_contained(tmp_path: Path) -> None:
    write_clip(tmp_path / "other.ts", flats(3))
    path = tmp_path / "clip.mp4"
    path.write_text("ffconcat version 1.0\nfile other.ts\n")
    with pytest.raises(MediaError, match=r"not self-contained media; lists .* only if their own name ends in \.m3u8"):
        open_input(str(path), "clip")


def test_prepare_decoder_low_latency_uses_no_frame_threads(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", flats(3))
    for low_latency, threads in ((True, "SLICE"), (False, "AUTO")):
        with open_input(path, "clip") as container:
            stream = container.streams.video[0]
            prepare_decoder(stream, "clip", low_latency=low_latency)
            assert stream.thread_type.name == threads
            assert bool(stream.codec_context.flags & av.codec.context.Flags.low_delay) == low_latency


def test_prepare_decoder_frame_above_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "clip.mp4", flats(3))
    with open_input(path, "clip") as container:
        monkeypatch.setenv(VARIABLE, str(64 * 48))
        prepare_decoder(container.streams.video[0], "clip")
        monkeypatch.setenv(VARIABLE, str(64 * 48 - 1))
        with pytest.raises(MediaError, match="it is 64x48, and more than 3071 pixels are refused"):
            prepare_decoder(container.streams.video[0], "clip")


def test_describe_errors_are_a_few_words() -> None:
    error = av.error.InvalidDataError(1094995529, "Invalid data found when processing input", "clip.mp4")
    assert describe_ffmpeg_error(error) == describe_decoding_error(error) == "Invalid data found when processing input"
    refused = av.error.ArgumentError(22, "Invalid argument", "")
    assert "a frame is damaged, or larger than 67108864 pixels" in describe_decoding_error(refused)
    assert VARIABLE in str(make_no_size_error("clip"))
