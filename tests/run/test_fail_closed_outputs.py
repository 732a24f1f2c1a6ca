"""Fail closed, seen from outside: a real screen, a recording and a virtual camera show no raw frame."""

from __future__ import annotations

import itertools
import json
import signal
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.cameras import camera, steadily
from support.interrupting import run_until_interrupted
from support.media import see
from support.screens import Program, Screen
from support.streams import (
    PERSON,
    LeftThird,
    broken,
    covered_ones,
    raw_blocks,
    replacement,
    texture,
)
from support.virtual_cameras import Loopback

from framechain import Engine, LiveOptions
from framechain.backgrounds import Blur

SHOWN = """
import json, sys, time
import cv2, numpy as np
from framechain import BackgroundReplacement, Engine, Interrupted
from framechain.backgrounds import Blur
shown, real = [], cv2.imshow
def imshow(title, picture):
    shown.append(picture.copy())
    real(title, picture)
cv2.imshow = imshow
class Matte:
    calls = 0
    def __call__(self, frame, info):
        self.calls += 1
        if self.calls <= 2 or self.calls % 3 == 1:
            if self.calls == 10:
                time.sleep(0.5)
            raise RuntimeError("a hiccup")
        alpha = np.zeros(frame.shape[:2], np.uint8)
        alpha[:, : frame.shape[1] // 3] = 255
        return alpha
class End:
    calls = 0
    def __call__(self, frame, info):
        self.calls += 1
        if self.calls == 25:
            import signal
            signal.raise_signal(signal.SIGINT)
        return frame
hides = BackgroundReplacement(Matte(), Blur(31), matte_timeout=0.2)
more = {"output_path": sys.argv[2]} if len(sys.argv) > 3 else {}
try:
    Engine(webcam_id=sys.argv[1], show=True, progress=False, custom_objects=[hides, End()], **more).run()
except Interrupted as stopped:
    result = stopped.result
np.save(sys.argv[-1], np.array(shown))
print(json.dumps({"covered": result.covered, "processed": result.frames_processed}))
"""


@pytest.mark.display
@pytest.mark.parametrize("recorded", [True, False])
def test_fail_closed_screen_and_recording_show_no_raw_frame(recorded: bool, desktop: Screen, tmp_path: Path) -> None:
    arguments = [tmp_path / "rec.mp4"] if recorded else []
    with (
        camera(steadily(50), image=lambda _: texture()) as device,
        Program(desktop, SHOWN, device.url, *arguments, tmp_path / "shown.npy") as program,
    ):
        code, lines, err = program.end()
    assert code == 0, err
    reported = json.loads(lines[-1])
    shown = np.load(tmp_path / "shown.npy")
    assert len(shown) >= 30
    raw = cv2.flip(texture(), 1)  # A camera's window is a mirror.
    persons = 0
    for image in shown:
        # If others see it too, LeftThird found somebody in the true image, else in the mirrored one.
        blocks = raw_blocks(image, raw)[:, :: -1 if recorded else 1]
        assert not blocks[:, PERSON + 1 :].any()
        persons += bool(blocks[:, :PERSON].any())
    assert len(shown) - persons == reported["covered"] >= 8
    if recorded:
        written = see(tmp_path / "rec.mp4")
        assert 15 <= written.count < len(shown)  # Without the first ones, whose size was not sure.
        for index in range(written.count):
            assert not raw_blocks(written.bgr(index), texture())[:, PERSON + 1 :].any()


@pytest.mark.slow
@covered_ones
@pytest.mark.usefixtures("patient_recordings")
def test_fail_closed_virtual_camera_and_recording_show_no_raw_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pyvirtualcam = pytest.importorskip("pyvirtualcam")
    from pyvirtualcam import camera as backends

    monkeypatch.setattr(backends, "BACKENDS", {})
    monkeypatch.setattr(Loopback, "made", [])
    pyvirtualcam.register_backend("loopback", Loopback)
    calls, seen = itertools.count(), list[int]()

    def stop(frame: Any, info: Any) -> Any:
        seen.append(info.index)
        if len(seen) > 40 and len(Loopback.made[0].images) > 15:
            signal.raise_signal(signal.SIGINT)
        return frame

    class Matte(LeftThird):
        def __call__(self, frame: Any, info: Any) -> Any:
            number = next(calls)
            self.fails = lambda _: number < 2 or number % 3 == 1
            return super().__call__(frame, info)

    hides = replacement(Matte(how=broken), Blur(31))
    with camera(steadily(25), image=lambda _: texture()) as device:
        result = run_until_interrupted(
            Engine(
                webcam_id=device.url,
                live=LiveOptions(record=tmp_path / "rec.mp4", virtual_camera="auto"),
                custom_objects=[stop, hides],
                progress=False,
            )
        )
    assert result.covered > 8
    (sent,) = Loopback.made
    written = see(tmp_path / "rec.mp4")
    for images in (sent.images, [written.bgr(index) for index in range(written.count)]):
        blocks = [raw_blocks(image, texture()) for image in images]
        assert len(blocks) > 15
        assert not any(block[:, PERSON + 1 :].any() for block in blocks)
        persons = [block[:, :PERSON].any() for block in blocks]
        assert any(persons)
        assert not all(persons)
