"""What of a recording can be played before it is finished."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.media import flat, level, see

from framechain import Frame, FrameInfo, StreamInfo
from framechain.sinks.codecs import choose_container
from framechain.sinks.recording import PlayablePart
from framechain.sinks.video_file import VideoFile

STREAM = StreamInfo("camera", "camera", 64, 48)
FRAMES = 100


@pytest.fixture(params=[".mp4", ".mov", ".mkv", ".webm"])
def unfinished(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A recording of four seconds that nobody has closed."""
    path = tmp_path / f"rec{request.param}"
    file = VideoFile(str(path), STREAM, fragmented=True)
    rng = np.random.default_rng(0)
    for number in range(FRAMES):
        image = flat(level(number))
        image[:, 32:] = rng.integers(0, 255, (48, 32, 3))  # What no encoder makes small.
        file.write(Frame(FrameInfo(number, 40 * number, 40, STREAM), bgr=image))
    data = path.read_bytes()
    file.close()
    path.write_bytes(data)
    return path


def test_playable_part_restore_undoes_what_closing_wrote(unfinished: Path) -> None:
    """Closing on a full disk overwrites the first boxes and leaves half an index."""
    data = unfinished.read_bytes()
    part = PlayablePart(str(unfinished), choose_container(str(unfinished)))
    half_index = np.random.default_rng(0).bytes(3000)
    unfinished.write_bytes(
        bytes(200) + data[200:] + half_index if unfinished.suffix in (".mp4", ".mov") else data + half_index
    )
    assert part.restore()
    assert data.startswith(unfinished.read_bytes())
    seen = see(unfinished)
    assert FRAMES // 2 < seen.count <= FRAMES
    assert seen.greys() == pytest.approx([level(number) for number in range(seen.count)], abs=3)


def test_playable_part_file_without_frames_has_nothing_to_play(tmp_path: Path) -> None:
    for suffix in (".mp4", ".mkv"):
        path = tmp_path / f"rec{suffix}"
        path.write_bytes(b"")
        assert not PlayablePart(str(path), choose_container(str(path))).restore()
