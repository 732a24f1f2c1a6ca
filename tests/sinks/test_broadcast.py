"""A stream to the network, frame by frame."""

from __future__ import annotations

import time
from pathlib import Path

from support.cameras import number_of, numbered
from support.media import see
from support.patience import eventually
from support.sink_cases import STEP, make_broadcast


def test_broadcast_frame_that_is_earlier_than_a_held_image_is_sent_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    case = make_broadcast(folder)
    sink = case.open()
    for number in range(4):
        case.write(case.make_frame(number))
    time.sleep(10 * STEP / 1000)
    sink.hold(numbered(4))
    eventually(lambda: sink.frames == 5, "the held image")
    for number in range(5, 9):
        case.write(case.make_frame(number))
    sink.finish()
    assert sink.problem is None
    assert [number_of(image) for image in case.read()] == list(range(9))
    times = [float(moment) for moment in see(tmp_path / "out-listener" / "received.ts").times]
    assert times == sorted(set(times))
    assert times[4] > times[0] + 9 * STEP / 1000
    # The later frames follow at once instead of going back.
    assert times[8] < times[4] + 0.1
