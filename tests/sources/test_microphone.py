"""Microphones beside webcams: in step with the image, found by name, and no loss for the image when they fail."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.audio import has_audio, hear
from support.media import see
from support.microphones import Desk, NumberedWebcam, PortAudio
from support.patience import eventually
from support.sound_cameras import find_beeps, record, sound_camera

from framechain import CameraOptions, Engine, FramechainWarning
from framechain.errors import ArgumentError, CameraError
from framechain.media.live_audio.feed import LiveAudio
from framechain.sources import microphone as module
from framechain.sources import webcam
from framechain.sources.camera import CameraSource
from framechain.sources.microphone import Microphone

pytestmark = pytest.mark.usefixtures("patient_recordings")

IN_STEP = 0.04
AUTO = CameraOptions(microphone="auto")


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> PortAudio:
    desk = Desk()
    monkeypatch.setattr(webcam, "_make_capture", NumberedWebcam(desk))
    found = PortAudio(desk)
    monkeypatch.setattr(module, "_load_portaudio", lambda: found)
    return found


def check_step(path: Path, least: int) -> None:
    beeps = find_beeps(path)
    assert len(beeps) >= least
    assert max(abs(beep.late) for beep in beeps) < IN_STEP, beeps


@pytest.mark.slow
def test_microphone_is_recorded_in_step_with_the_webcam(card: PortAudio, tmp_path: Path) -> None:
    result = record(0, tmp_path / "rec.mp4", 2.2, camera=AUTO)
    assert result.warnings == ()
    check_step(tmp_path / "rec.mp4", 3)
    heard = hear(tmp_path / "rec.mp4")
    assert (heard.codec, heard.rate, heard.channels) == ("aac", 44100, 2)
    assert card.closed >= 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param({"late": lambda number: 0.01 + 0.05 * (number * 7 % 11) / 11}, id="jitter"),
        pytest.param({"drift": 0.002}, id="fast-card"),
        pytest.param({"drift": -0.002}, id="slow-card"),
        pytest.param({"loses": frozenset(range(100, 130)) | {200}}, id="lost-blocks"),
    ],
)
def test_microphone_in_trouble_stays_in_step(trouble: dict[str, Any], card: PortAudio, tmp_path: Path) -> None:
    for name, value in trouble.items():
        setattr(card, name, value)
    record(0, tmp_path / "rec.mp4", 12, camera=AUTO)
    check_step(tmp_path / "rec.mp4", 20)


@pytest.mark.slow
def test_microphone_busy_object_stays_in_step(card: PortAudio, tmp_path: Path) -> None:
    def slow(frame: Any) -> Any:
        time.sleep(0.15)
        return frame

    result = record(0, tmp_path / "rec.mkv", 2.2, slow, camera=AUTO)
    assert result.dropped > 20
    check_step(tmp_path / "rec.mkv", 3)


@pytest.mark.parametrize(
    ("name", "device", "channels", "rate"),
    [("auto", 2, 2, 44100), ("camera", 1, 1, 16000), ("1", 1, 1, 16000), ("Default", 2, 2, 44100)],
)
def test_microphone_name_chooses_the_device(name: str, device: int, channels: int, rate: int, card: PortAudio) -> None:
    audio = LiveAudio()
    Microphone(name, audio).close()
    (opened,) = card.opened
    assert (opened["device"], opened["channels"], opened["samplerate"]) == (device, channels, rate)
    assert audio.format is not None
    assert (audio.format.codec, audio.format.rate, audio.format.channels) == ("pcm_s16le", rate, channels)


def test_microphone_unknown_name_names_those_that_are_there(card: PortAudio) -> None:
    with pytest.raises(CameraError, match=r"no microphone 'Blue Yeti', found 1 \(USB Camera: Audio\), 2 \(default\)"):
        Microphone("Blue Yeti", LiveAudio())
    card.devices = card.devices[:1]
    with pytest.raises(CameraError, match="no microphone was found"):
        Microphone("auto", LiveAudio())


def _fail(error: Exception) -> Callable[..., Any]:
    def fail(*arguments: Any, **more: Any) -> Any:
        raise error

    return fail


def test_microphone_without_portaudio_is_a_warning_and_the_image_goes_on(
    card: PortAudio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_load_portaudio", _fail(OSError("PortAudio library not found")))
    with pytest.warns(FramechainWarning, match="there is no sound: .* apt install libportaudio2") as reported:
        result = record(0, tmp_path / "rec.mp4", 0.3, camera=AUTO)
    assert len(reported) == 1
    assert result.frames_written > 3
    assert not has_audio(tmp_path / "rec.mp4")


def test_microphone_that_cannot_be_opened_is_a_warning(card: PortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "RawInputStream", _fail(RuntimeError("Device unavailable [PaErrorCode -9985]")))
    with CameraSource(0, AUTO) as source:
        assert source.live_audio is None
        (warning,) = source.warnings
    assert "the microphone auto cannot be opened (Device unavailable" in warning


@pytest.mark.slow
def test_microphone_that_hangs_is_a_warning(card: PortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_OPEN_SECONDS", 0.2)
    monkeypatch.setattr(card, "query_devices", lambda *number: time.sleep(1))
    with CameraSource(0, AUTO) as source:
        assert source.warnings == ["there is no sound: the microphone auto does not answer"]


@pytest.mark.slow
def test_microphone_unplugged_is_one_warning_and_silence(
    card: PortAudio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_SILENT_SECONDS", 0.3)

    def unplug(frame: Any, info: Any) -> Any:
        if info.time > 0.4:
            card.silent.set()
        return frame

    with pytest.warns(FramechainWarning, match="the microphone auto gives no sound any more") as reported:
        record(0, tmp_path / "rec.mp4", 2.5, unplug, camera=AUTO)
    assert len(reported) == 1
    seen, heard = see(tmp_path / "rec.mp4"), hear(tmp_path / "rec.mp4")
    assert float(seen.times[-1]) > 2.3
    # Silence is written with a delay, as late sound could still come.
    assert heard.end > float(seen.times[-1]) - 1.7


def test_microphone_no_audio_is_not_opened(card: PortAudio, tmp_path: Path) -> None:
    record(0, tmp_path / "rec.mp4", 0.3, camera=AUTO, audio=False)
    assert not has_audio(tmp_path / "rec.mp4")
    Engine(webcam_id=0, camera=AUTO).process_webcam(return_frame=True)
    assert card.opened == []


@pytest.mark.slow
def test_microphone_beside_a_network_camera_takes_the_place_of_its_audio(card: PortAudio) -> None:
    with sound_camera() as device, CameraSource(device.url, AUTO) as source:
        audio = source.live_audio
        assert audio is not None
        assert audio.format is not None
        assert audio.format.codec == "pcm_s16le"
        tap = audio.listen()
        item = eventually(lambda: tap.take(1e9), "sound")
        assert item[1].format == audio.format


def test_camera_options_microphone_that_is_no_name_is_refused() -> None:
    for wrong in ("", 1, True):
        with pytest.raises(ArgumentError, match='microphone takes "auto" or a name'):
            CameraOptions(microphone=wrong)  # type: ignore[arg-type]
