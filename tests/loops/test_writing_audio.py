"""framechain.write: the audio of a file, or that which belongs to the frames."""

from __future__ import annotations

import os
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from support.audio import beeps, has_audio, hear, write_audio
from support.media import BT709, flats, see, write_clip

import framechain
from framechain import ArgumentError, ArgumentTypeError, FramechainWarning, MediaError, MissingInputError, open_source


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 frames at 20 a second: 2 s, with a beep at each half second."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return Path(write_clip(path, flats(20) + flats(20), rate=20, colour=BT709, audio=beeps(2)))


@pytest.mark.parametrize("name", ["a.mp4", "a.m4a", "a.wav", "a.mp3"])
@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_write_audio_of_a_file_ends_with_the_video(name: str, suffix: str, clip: Path, tmp_path: Path) -> None:
    audio = clip
    if name != "a.mp4":
        codec = {"a.m4a": "aac", "a.wav": "pcm_s16le", "a.mp3": "mp3"}[name]
        audio = Path(write_audio(tmp_path / name, beeps(2, codec)))
    path = tmp_path / f"o{suffix}"
    with framechain.write(path, fps=10, audio=audio) as out:
        for image in flats(12):
            out(image)
    heard = hear(path)
    assert heard.onsets() == pytest.approx([0.5, 1.0], abs=0.03)
    assert heard.end == pytest.approx(1.2, abs=0.06)


def test_write_audio_of_bytes_and_of_an_open_file(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "temporary"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    with clip.open("rb") as file:
        for audio in (clip.read_bytes(), file):
            with framechain.write(tmp_path / "o.mp4", fps=10, audio=audio) as out:
                for image in flats(12):
                    out(image)
            assert hear(tmp_path / "o.mp4").onsets() == pytest.approx([0.5, 1.0], abs=0.03)
            assert os.listdir(scratch) == []
    with pytest.raises(MediaError) as caught:
        framechain.write(tmp_path / "o.mp4", audio=b"a letter")
    assert caught.traceback
    assert os.listdir(scratch) == []


@pytest.mark.parametrize("target", ["o.png", "udp://127.0.0.1:9"])
def test_write_audio_for_an_image_or_a_stream_is_refused(target: str, clip: Path) -> None:
    with pytest.raises(ArgumentError, match=f"audio is written to video files alone, and {target} is none"):
        framechain.write(target, audio=clip)


def test_write_audio_shorter_than_the_video_is_whole(clip: Path, tmp_path: Path) -> None:
    with framechain.write(tmp_path / "o.mp4", fps=10, audio=clip) as out:
        for image in flats(29):
            out(image)
    assert hear(tmp_path / "o.mp4").onsets() == pytest.approx([0.5, 1.0, 1.5], abs=0.02)
    assert see(tmp_path / "o.mp4").end == pytest.approx(2.9)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_write_like_a_source_keeps_its_audio_in_step_with_its_frames(suffix: str, clip: Path, tmp_path: Path) -> None:
    path = tmp_path / f"o{suffix}"
    with open_source(clip) as source, framechain.write(path, like=source) as out:
        for frame in source:
            if frame.info.time >= 0.7:
                out(frame)
    seen = see(path)
    assert seen.times[0] == 0
    assert [onset - float(seen.times[0]) for onset in hear(path).onsets()] == pytest.approx([0.3, 0.8], abs=0.03)


def test_write_like_an_info_keeps_rate_and_colour_without_audio(clip: Path, tmp_path: Path) -> None:
    with open_source(clip) as source, framechain.write(tmp_path / "o.mp4", like=source.info) as out:
        for frame in source:
            out(255 - frame.bgr)
    seen = see(tmp_path / "o.mp4")
    assert seen.tags == BT709
    assert seen.times[1] == Fraction(1, 20)
    assert not has_audio(tmp_path / "o.mp4")


@pytest.mark.parametrize(
    ("audio", "kind", "message"),
    [
        ("nothing.mp3", MissingInputError, "audio not found: nothing.mp3"),
        ("silent.mp4", MediaError, "cannot take the audio of .*silent.mp4: it has none"),
        ("text.wav", MediaError, "cannot read .*text.wav: it is no video or image"),
        (b"a letter", MediaError, "cannot read the given bytes: it is no video or image"),
        (5, ArgumentTypeError, "audio must be a path, bytes or a binary file open for reading, got int"),
    ],
)
def test_write_audio_that_is_none_is_refused_at_once(audio: Any, kind: Any, message: str, tmp_path: Path) -> None:
    write_clip(tmp_path / "silent.mp4", flats(3))
    (tmp_path / "text.wav").write_text("a letter")
    before = os.listdir(tmp_path)
    if isinstance(audio, str) and audio != "nothing.mp3":
        audio = tmp_path / audio
    with pytest.raises(kind, match=message):
        framechain.write(tmp_path / "o.mp4", audio=audio)
    assert os.listdir(tmp_path) == before


# Times of the program's own: the audio is that of the clip


@pytest.mark.parametrize("how", ["time", "fps", "frames by fps", "frames by time", "every second one", "a source"])
def test_write_frames_that_last_longer_or_shorter_than_their_audio_warns(how: str, clip: Path, tmp_path: Path) -> None:
    opened = open_source(clip) if how == "a source" else framechain.read(clip)
    fps = {"fps": 10, "frames by fps": 10, "a source": 60}.get(how)
    lasts = "0.7" if how == "a source" else "1.0" if how == "every second one" else r"(3\.9|4\.0)"
    message = rf"the frames last {lasts} s, and those of .*clip\.mp4 2\.0 s; write frame\.with_bgr.*like=frames\.info"
    out = framechain.write(tmp_path / "o.mp4", like=opened, fps=fps)
    for frame in opened:
        if how == "every second one" and frame.info.index % 2:
            continue
        is_whole = how.startswith("frames") or how == "a source"
        out(frame if is_whole else frame.bgr, time=2 * frame.info.time if how.endswith("time") else None)
    with pytest.warns(FramechainWarning, match=message) as caught:
        out.close()
    assert [warning.filename for warning in caught] == [__file__]
    assert see(tmp_path / "o.mp4").times


def test_write_frames_in_step_or_without_audio_do_not_warn(clip: Path, tmp_path: Path) -> None:
    for name, like in (("audio", True), ("info", False)):
        frames = framechain.read(clip, start=0.5)
        with framechain.write(tmp_path / f"{name}.mp4", like=frames if like else frames.info) as out:
            for frame in frames:
                # A part as frames, the whole as arrays, and slow motion without audio.
                out(frame.bgr, time=frame.info.time if like else 2 * frame.info.time)
    with framechain.read(clip) as frames, framechain.write(tmp_path / "part.mp4", like=frames) as out:
        for frame in list(frames)[10:20]:
            out(frame.with_bgr(255 - frame.bgr))
    with framechain.read(clip) as frames, framechain.write(tmp_path / "song.mp4", like=frames, audio=clip) as out:
        for frame in list(frames)[10:20]:
            out(frame.bgr)


def test_write_arrays_like_frames_that_are_not_evenly_spaced_warns(tmp_path: Path) -> None:
    ticks = [
        50 * index + (40 if index % 10 > 5 else 0) - (30 if index % 10 < 3 and index else 0) for index in range(20)
    ]
    clip = write_clip(
        tmp_path / "vfr.mp4", flats(20), rate=20, audio=beeps(1), time_base=Fraction(1, 1000), ticks=ticks
    )
    frames = framechain.read(clip)
    out = framechain.write(tmp_path / "o.mp4", like=frames)
    for frame in frames:
        out(frame.bgr)
    with pytest.warns(
        FramechainWarning, match=r"the audio is up to 0\.\d\d s out of step: the frames of .*vfr\.mp4 are"
    ):
        out.close()
    with framechain.read(clip) as frames, framechain.write(tmp_path / "o.mp4", like=frames) as out:
        for frame in frames:
            out(frame.with_bgr(frame.bgr))
