"""A microphone of the system: PulseAudio without hardware, with a microphone that hears what is written to a pipe."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.patience import PATIENCE, eventually
from support.sound_cameras import find_beeps

pytestmark = pytest.mark.slow

# What is written to the pipe is heard at that moment, together with the image.
_PROGRAM = """
import sys, threading, time
import numpy as np
from framechain import CameraOptions
from framechain.sources import webcam
from support.microphones import Desk, NumberedWebcam
from support.sound_cameras import make_wave, record

desk = Desk()
webcam._make_capture = NumberedWebcam(desk)

def play():
    with open(sys.argv[3], "wb", buffering=0) as pipe:
        done = int((time.monotonic() - desk.began) * 48000)
        while True:
            time.sleep(0.005)
            now = int((time.monotonic() - desk.began) * 48000)
            pipe.write((32767 * make_wave(np.arange(done, now) / 48000)).astype("<i2").tobytes())
            done = now

threading.Thread(target=play, daemon=True).start()
result = record(0, sys.argv[1], float(sys.argv[2]), camera=CameraOptions(microphone="auto"))
print(result.warnings)
"""


@pytest.fixture
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a program whose microphone hears what is written to the pipe `VOICE`."""
    if shutil.which("pulseaudio") is None or shutil.which("pactl") is None:
        pytest.skip("needs pulseaudio and pulseaudio-utils")
    home = tmp_path_factory.mktemp("pulse")
    variables = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "VOICE": str(home / "voice")}
    pipe = f"module-pipe-source file={home / 'voice'} format=s16le rate=48000 channels=1"
    modules = (pipe, "module-native-protocol-unix")
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disallow-exit=yes"]
    command += [f"--load={module}" for module in modules]
    process = subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: not subprocess.run(["pactl", "info"], env=variables, capture_output=True).returncode, "it")
        yield variables
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_microphone_of_the_system_is_recorded_in_step(microphone: dict[str, str], tmp_path: Path) -> None:
    folders = os.pathsep.join(str(Path(__file__).resolve().parents[number]) for number in (1, 2))
    program = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / "rec.mp4"), "20", microphone["VOICE"]],
        env={**microphone, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    if "PortAudio library not found" in program.stderr:
        pytest.skip("needs libportaudio2")
    if "Error querying device" in program.stderr:
        pytest.skip("needs libasound2-plugins, through which PortAudio finds PulseAudio")
    assert (program.returncode, program.stdout) == (0, "()\n"), program.stderr
    beeps = find_beeps(tmp_path / "rec.mp4")
    assert len(beeps) >= 35
    assert max(abs(beep.late) for beep in beeps) < 0.04, beeps
