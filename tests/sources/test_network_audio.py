"""The audio of network cameras in recordings: in step with the image, whatever happens to the stream."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from support.audio import has_audio, hear
from support.media import see
from support.sound_cameras import Call, find_beeps, record, sound_camera

from framechain import CameraOptions, FramechainWarning
from framechain.sources.camera import CameraSource

pytestmark = pytest.mark.usefixtures("impatient_cameras")

# What the issue asks for.
IN_STEP = 0.04


def check_step(path: Path, least: int) -> None:
    beeps = find_beeps(path)
    assert len(beeps) >= least
    assert max(abs(beep.late) for beep in beeps) < IN_STEP, beeps


@pytest.mark.parametrize(
    ("call", "suffix", "codec"),
    [
        pytest.param(Call(), ".mp4", "aac", id="mpegts-mp4"),
        pytest.param(Call(form="flv"), ".mkv", "aac", id="flv-mkv", marks=pytest.mark.slow),
        pytest.param(Call(form="flv"), ".mov", "aac", id="flv-mov", marks=pytest.mark.slow),
        pytest.param(
            Call(form="flv", codec="pcm_alaw", sample_rate=8000), ".mp4", "aac", id="g711-mp4", marks=pytest.mark.slow
        ),
        pytest.param(Call(codec="mp2"), ".mp4", "aac", id="mp2-mp4", marks=pytest.mark.slow),
        pytest.param(Call(codec="libopus", form="matroska"), ".mp4", "opus", id="opus", marks=pytest.mark.slow),
        pytest.param(Call(), ".webm", "opus", id="mpegts-webm", marks=pytest.mark.slow),
    ],
)
def test_network_camera_audio_is_recorded_in_step(call: Call, suffix: str, codec: str, tmp_path: Path) -> None:
    path = tmp_path / f"rec{suffix}"
    with sound_camera(call) as device:
        result = record(device, path, 2.2)
    assert result.warnings == ()
    check_step(path, 3)
    heard, seen = hear(path), see(path)
    assert heard.codec == codec
    assert float(seen.times[0]) == 0
    # Neither much more nor much less audio than image.
    assert -0.2 < heard.end - float(seen.times[-1]) < 0.1


@pytest.mark.slow
def test_network_camera_audio_frames_are_dropped_stays_in_step(tmp_path: Path) -> None:
    def slow(frame: Any) -> Any:
        time.sleep(0.2)
        return frame

    with sound_camera() as device:
        result = record(device, tmp_path / "rec.mp4", 2.5, slow)
    assert result.dropped > 30
    check_step(tmp_path / "rec.mp4", 3)


@pytest.mark.slow
def test_network_camera_audio_after_reconnect_is_in_step(tmp_path: Path) -> None:
    # The camera was restarted: its time stamps begin anew.
    with sound_camera(Call(seconds=2.2, begin=1000), Call(begin=5)) as device:
        result = record(device, tmp_path / "rec.mp4", 3.4)
    assert device.calls == 2
    assert result.warnings == ()
    check_step(tmp_path / "rec.mp4", 3)
    # While the camera was away there was silence, and no hole.
    heard = hear(tmp_path / "rec.mp4")
    assert heard.packet_times[-1] - heard.packet_times[0] < sum(1 for _ in heard.packets) * 1024 / 48000 + 0.1


@pytest.mark.slow
def test_network_camera_audio_in_other_format_after_reconnect(tmp_path: Path) -> None:
    calls = [Call(seconds=2.5), Call(codec="mp2", sample_rate=44100)]
    with sound_camera(*calls) as device:
        record(device, tmp_path / "encoded.webm", 5)
    check_step(tmp_path / "encoded.webm", 5)
    lost = "the audio could not be kept .the source went over to mp2 with 44100 Hz"
    with sound_camera(*calls) as device, pytest.warns(FramechainWarning, match=lost):
        record(device, tmp_path / "copied.mp4", 5)
    assert float(see(tmp_path / "copied.mp4").times[-1]) > 4
    check_step(tmp_path / "copied.mp4", 2)


@pytest.mark.slow
@pytest.mark.parametrize("begin", [0.0, 5000.0])
def test_network_camera_audio_time_stamps_jump_stays_in_step(begin: float, tmp_path: Path) -> None:
    with sound_camera(Call(jump=3, begin=begin, form="mpegts")) as device:
        record(device, tmp_path / "rec.mp4", 6)
    check_step(tmp_path / "rec.mp4", 7)


@pytest.mark.slow
def test_network_camera_audio_frames_arrive_unevenly_stays_in_step(tmp_path: Path) -> None:
    with sound_camera(Call(jitter=0.15)) as device:
        record(device, tmp_path / "rec.mp4", 6)
    check_step(tmp_path / "rec.mp4", 9)


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["aac", "libopus"])
def test_network_camera_audio_ends_before_the_image_goes_on(codec: str, tmp_path: Path) -> None:
    form = "mpegts" if codec == "aac" else "matroska"
    with sound_camera(Call(audio_ends=2, codec=codec, form=form)) as device:
        record(device, tmp_path / "rec.mp4", 5)
    seen = see(tmp_path / "rec.mp4")
    assert float(seen.times[-1]) > 4.8
    assert max(float(b - a) for a, b in zip(seen.times, seen.times[1:], strict=False)) < 0.5
    check_step(tmp_path / "rec.mp4", 2)


@pytest.mark.slow
def test_network_camera_no_audio_is_a_silent_recording(tmp_path: Path) -> None:
    with sound_camera(Call(codec=None)) as device:
        record(device, tmp_path / "rec.mp4", 0.5)
    assert not has_audio(tmp_path / "rec.mp4")


@pytest.mark.slow
def test_network_camera_audio_not_wanted_is_left_out(tmp_path: Path) -> None:
    with sound_camera() as device:
        record(device, tmp_path / "rec.mp4", 0.5, audio=False)
    assert not has_audio(tmp_path / "rec.mp4")


@pytest.mark.slow
def test_camera_source_audio_is_declared_before_the_first_frame() -> None:
    with sound_camera() as device, CameraSource(device.url, CameraOptions()) as source:
        assert source.live_audio is not None
        assert source.live_audio.format is not None
        assert (source.live_audio.format.codec, source.live_audio.format.channels) == ("aac", 2)
    with sound_camera(Call(codec=None)) as device, CameraSource(device.url, CameraOptions()) as source:
        assert source.live_audio is None


@pytest.mark.slow
def test_network_camera_audio_two_minutes_stays_in_step(tmp_path: Path) -> None:
    """The camera restarts after a minute, frames arrive unevenly, and an object is slow now and then."""
    seen = 0

    def stumble(frame: Any) -> Any:
        nonlocal seen
        seen += 1
        time.sleep(0.5 if seen % 100 == 0 else 0.03)
        return frame

    with sound_camera(Call(seconds=60, begin=500, jitter=0.05), Call(jitter=0.05)) as device:
        result = record(device, tmp_path / "rec.mp4", 120, stumble)
    assert device.calls == 2
    assert result.dropped > 100
    check_step(tmp_path / "rec.mp4", 200)
