"""Whether a browser plays a video file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import framechain
from framechain import Encoding, MediaError
from framechain.media.playback import describe_playback
from framechain.pixels.pyav import av

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


def make_video(path: Path, codec: str, pixels: str) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        for index in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 80 * index, np.uint8), "bgr24")
            container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "mime_type", "problem"),
    [
        ("a.mp4", "libx264", "yuv420p", "video/mp4", None),
        ("a.mov", "libx264", "yuv420p", "video/mp4", None),
        ("a.webm", "libvpx", "yuv420p", "video/webm", None),
        ("a.webm", "libvpx-vp9", "yuva420p", "video/webm", None),
        ("a.mp4", "libx264", "yuv444p", "video/mp4", "browsers do not play h264 with pixels of the kind yuv444p"),
        ("a.mp4", "mpeg4", "yuv420p", "video/mp4", "browsers do not play mpeg4 in mp4"),
        ("a.mkv", "libx264", "yuv420p", "video/matroska", "browsers do not play h264 in matroska"),
        ("a.avi", "mpeg4", "yuv420p", "video/avi", "browsers do not play mpeg4 in avi"),
        ("a.mov", "prores_ks", "yuva444p10le", "video/mp4", "browsers do not play prores in mp4"),
    ],
)
def test_describe_playback_goes_by_container_codec_and_pixels(
    name: str, codec: str, pixels: str, mime_type: str, problem: str | None, tmp_path: Path
) -> None:
    found = describe_playback(str(make_video(tmp_path / name, codec, pixels)))
    assert (found.mime_type, found.problem) == (mime_type, problem)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm"])
def test_describe_playback_of_an_output_of_framechain_is_without_problem(suffix: str, tmp_path: Path) -> None:
    with framechain.write(tmp_path / f"a{suffix}", encoding=Encoding()) as out:
        out(np.zeros((48, 64, 3), np.uint8))
    assert describe_playback(str(tmp_path / f"a{suffix}")).problem is None


def test_describe_playback_of_no_video_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(MediaError, match=r"cannot read .*a\.mp4"):
        describe_playback(str(tmp_path / "a.mp4"))
    with pytest.raises(MediaError, match=r"cannot read .*b\.mp4"):
        describe_playback(str(tmp_path / "b.mp4"))
