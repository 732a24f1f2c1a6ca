"""Files that end too early, in containers that FFmpeg reads to wherever they end."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.audio import beeps
from support.media import flats, photos, write_clip

from framechain import Engine
from framechain.media.containers.truncation import is_truncated

CUT = {"clip.avi": "mpeg4", "clip.mkv": "libx264", "clip.webm": "libvpx", "clip.gif": "gif"}


@pytest.mark.parametrize("audio", [False, True], ids=["silent", "with-audio"])
@pytest.mark.parametrize("name", CUT)
def test_video_source_missing_end_is_a_warning(name: str, audio: bool, tmp_path: Path) -> None:
    if audio and name.endswith("gif"):
        pytest.skip("a GIF has no audio")
    voice = beeps(4.0, "libopus" if name.endswith("webm") else "mp3") if audio else None
    layout = "rgb8" if name.endswith("gif") else "yuv420p"
    clip: dict[str, Any] = {"codec": CUT[name], "pix_fmt": layout, "options": {"g": "1"}, "rate": 5, "audio": voice}
    path = Path(write_clip(tmp_path / name, photos(20), **clip))
    assert Engine(video_path=path).run().warnings == ()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 7 // 10])
    with pytest.warns(UserWarning, match=rf"{name} is damaged or cut short: "):
        result = Engine(video_path=path).run()
    assert 5 < result.frames_written < 19
    assert f"{result.frames_written} " in result.warnings[0]


def test_is_truncated_unfinished_recording_is_not(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mkv", flats(10), container_options={"live": "1"})
    assert not is_truncated(path)
    assert Engine(video_path=path).run().warnings == ()


@pytest.fixture(scope="module", params=CUT)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole clip in one of the containers that FFmpeg reads to wherever they end."""
    name: str = request.param
    layout = "rgb8" if name.endswith("gif") else "yuv420p"
    path = write_clip(tmp_path_factory.mktemp("whole") / name, photos(4), codec=CUT[name], pix_fmt=layout)
    return Path(path).read_bytes()


def check_truncation(folder: str, data: bytes) -> bool:
    path = Path(folder) / "file"
    path.write_bytes(data)
    return is_truncated(str(path))


@pytest.mark.slow
@settings(max_examples=25)
@given(st.data())
def test_is_truncated_is_true_of_every_cut_and_false_of_the_whole(whole: bytes, data: st.DataObject) -> None:
    # The first 64 bytes do not always contain the length of the file.
    length = data.draw(st.integers(64, len(whole) - 1))
    with tempfile.TemporaryDirectory() as folder:
        assert check_truncation(folder, whole) is False
        assert check_truncation(folder, whole[:length]) is True
        assert check_truncation(folder, whole + b"more") is False


@pytest.mark.slow
@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.binary(max_size=200))
def test_is_truncated_riff_goes_by_its_own_length(length: int, rest: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # No length and the largest one stand for an unknown length.
        expected = length not in (0, 2**32 - 1) and 8 + length > 8 + len(rest)
        assert check_truncation(folder, b"RIFF" + struct.pack("<I", length) + rest) is expected


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_is_truncated_is_false_of_other_content(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert check_truncation(folder, b"x" + data) is False
        assert is_truncated(folder) is False
        assert is_truncated(f"{folder}/nothing") is False


@settings(max_examples=60)
@given(st.sampled_from([b"GIF89a", b"\x1aE\xdf\xa3"]), st.binary(max_size=200))
def test_is_truncated_damaged_header_raises_nothing(start: bytes, rest: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert isinstance(check_truncation(folder, start + rest), bool)
