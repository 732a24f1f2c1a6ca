"""Network cameras behind gst-rtsp-server: restarted, frozen, with audio, and where it takes no TCP."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import gst
from support.audio import beeps, hear
from support.cameras import numbered
from support.gst import RtspServer
from support.media import see, write_clip
from support.patience import eventually
from support.sound_cameras import RATE, find_beeps

from framechain import CameraOptions, Engine
from framechain.sources.camera import CameraSource

pytestmark = pytest.mark.slow

_SECONDS = 60
# As cameras send: no reordering, a key frame every second.
_OPTIONS = {"preset": "ultrafast", "bf": "0", "g": "25", "qp": "10"}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Image n at n / RATE seconds, and a beep at each half second."""
    # Asked here, as GStreamer takes a while to load.
    if (reason := gst.missing()) is not None:
        pytest.skip(reason)
    path = tmp_path_factory.mktemp("clip") / "clip.mkv"
    images = [numbered(number % 1024) for number in range(_SECONDS * RATE)]
    write_clip(path, images, rate=RATE, options=_OPTIONS, audio=beeps(_SECONDS))
    return path


def test_network_camera_rtsp_server_that_is_restarted_comes_back_in_step(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "rec.mp4"
    with RtspServer(clip) as server:
        engine = Engine(webcam_id=server.url, output_path=path, progress=False, camera=CameraOptions(reconnect=20))
        threading.Timer(4, server.kill).start()
        threading.Timer(7, server.start).start()
        threading.Timer(14, engine.stop).start()
        result = engine.run()
    assert result.frames_read > 6 * RATE
    assert hear(path).codec == "aac"
    times = [float(moment) for moment in see(path).times]
    lost, back = max(itertools.pairwise(times), key=lambda pair: pair[1] - pair[0])
    assert 2 < back - lost < 9
    # What the server sent while it was asked what it has is shown at once: its images are not at their own times.
    settled = [beep for beep in find_beeps(path) if beep.time < lost or beep.time > back + 0.3]
    assert len([beep for beep in settled if beep.time < lost]) > 2
    assert len([beep for beep in settled if beep.time > back]) > 2
    assert max(abs(beep.late) for beep in settled) < 0.04, settled


def test_network_camera_rtsp_server_that_freezes_is_lost_after_five_seconds(clip: Path) -> None:
    with RtspServer(clip) as server, CameraSource(server.url, CameraOptions(reconnect=20)) as source:
        frames = iter(source)
        for _ in range(2 * RATE):
            next(frames)
        came: list[float] = []
        reader = threading.Thread(target=_note_times, args=(frames, came))
        server.freeze()
        frozen = time.monotonic()
        reader.start()
        eventually(lambda: source.notice == "camera lost, reconnecting...", "its loss")
        lost = time.monotonic()
        server.thaw()
        eventually(lambda: came and came[-1] > lost, "frames again")
        source.stop()
        reader.join()
    # FFmpeg gives out what it holds when its time limit is over: that is no sign of life.
    assert 4 < lost - frozen < 8
    assert not [moment for moment in came if frozen + 2 < moment < lost]


def _note_times(frames: Iterator[object], came: list[float]) -> None:
    for _ in frames:
        came.append(time.monotonic())


def test_network_camera_rtsp_server_without_tcp_is_read_by_udp(clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "rec.mp4"
    with RtspServer(clip, transport="udp") as server:
        engine = Engine(webcam_id=server.url, output_path=path, progress=False)
        threading.Timer(8, engine.stop).start()
        result = engine.run()
    assert result.warnings == ()
    assert result.frames_read > 4 * RATE
    beeps_found = find_beeps(path)
    assert len(beeps_found) > 6
    assert max(abs(beep.late) for beep in beeps_found) < 0.04, beeps_found
