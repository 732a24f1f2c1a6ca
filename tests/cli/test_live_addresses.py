"""Live streams over HTTP on the command line: shown and recorded as cameras, and never written without a word."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.cameras import number_of
from support.media import photos, see, write_clip
from support.segments import SegmentedCamera, segmented_camera
from support.web import Web, serving

from framechain import Engine
from framechain.cli.arguments import build_parser
from framechain.cli.builders import make_engine
from framechain.cli.program import main
from framechain.errors import ArgumentError
from framechain.options import LiveOptions


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def device(tmp_path: Path) -> Iterator[SegmentedCamera]:
    with segmented_camera(tmp_path) as camera:
        yield camera


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    write_clip(tmp_path / "clip.ts", photos(25))
    with serving(tmp_path) as served:
        yield served


def _make(*words: str) -> Engine:
    return make_engine(build_parser().parse_args(words), [])


def test_live_playlist_is_shown_and_not_written(device: SegmentedCamera) -> None:
    engine = _make(device.url)
    assert (engine.source, engine.show, engine.camera.live) == (device.url, True, True)
    assert not _make(device.url, "--output", "rec.mp4").show


def test_finished_playlist_is_written_and_not_shown(device: SegmentedCamera) -> None:
    device.close()
    engine = _make(device.url)
    assert (engine.video_path, engine.show) == (device.url, False)


@pytest.mark.parametrize("has_length", [True, False])
def test_transport_stream_is_live_if_it_does_not_end_unless_said_otherwise(has_length: bool, web: Web) -> None:
    web.has_length = web.has_ranges = has_length
    url = web.url + "clip.ts"
    assert _make(url).show is not has_length
    web.requests.clear()
    assert _make(url, "--live").show
    assert not _make(url, "--no-live").show
    assert not web.requests


def test_live_option_for_a_file_is_an_error(clip: Path, place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([str(clip), "--live"], parts=[]) == 2
    assert "live=True decides about an address" in capfd.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("patient_recordings")
def test_main_live_playlist_is_recorded_until_its_end(place: Path, device: SegmentedCamera) -> None:
    numbers: list[int] = []

    def look(frame: Any) -> Any:
        numbers.append(number_of(frame))
        if len(numbers) == 10:
            threading.Thread(target=device.close).start()
        return frame

    assert main([device.url, "--output", "rec.mp4", "--quiet"], parts=[lambda options: look]) == 0
    assert [path.name for path in place.iterdir()] == ["rec.mp4"]
    assert see(place / "rec.mp4").count == len(numbers)
    assert numbers[-1] == len(device.sent) - 1


def test_main_no_live_writes_an_endless_stream_as_a_video(place: Path, web: Web) -> None:
    web.has_length = web.has_ranges = False
    assert main([web.url + "clip.ts", "--no-live", "--quiet"], parts=[]) == 0
    # FFmpeg does not decode the last frames of a connection that a server closes without a word.
    assert see(place / "clip_out.mp4").count >= 20


def test_engine_source_that_may_be_live_takes_outputs_of_cameras_until_its_server_says_no(web: Web) -> None:
    live = LiveOptions(stream_to="udp://127.0.0.1:5000")
    engine = Engine(source=web.url + "clip.ts", live=live)
    with pytest.raises(ArgumentError, match="are for cameras, not for files"):
        engine.run()
    with pytest.raises(ArgumentError, match="are for cameras, not for files"):
        Engine(source=web.url + "clip.mp4", live=live)
