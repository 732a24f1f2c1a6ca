"""A stream to the network, frame by frame."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from support.cameras import number_of, numbered
from support.media import see
from support.memory_source import MemorySource
from support.patience import eventually
from support.sink_cases import STEP, Case, make_broadcast

from framechain import Encoding, Frame
from framechain.pixels.convert import convert_to_yuv
from framechain.pixels.pyav import av
from framechain.sinks.broadcast import Broadcast


@pytest.fixture
def case(tmp_path: Path) -> Case:
    folder = tmp_path / "out"
    folder.mkdir()
    return make_broadcast(folder)


def test_broadcast_frame_that_is_earlier_than_a_held_image_is_sent_in_order(case: Case, tmp_path: Path) -> None:
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


def test_broadcast_has_a_key_frame_each_second_and_times_from_the_first_frame(case: Case, tmp_path: Path) -> None:
    case.sink.open(MemorySource(replace(case.info, rate=Fraction(25))))
    for number in range(60):
        case.write(case.make_frame(number))
    case.sink.finish()
    case.read()
    with av.open(str(tmp_path / "out-listener" / "received.ts")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert [index for index, packet in enumerate(packets) if packet.is_keyframe] == [0, 25, 50]
    assert case.make_frame(0).info.time == 1
    assert packets[0].pts == 0
    assert all(packet.pts == packet.dts for packet in packets)


@pytest.mark.parametrize(("codec", "canonical"), [("h264", "h264"), ("hevc", "hevc"), ("libx265", "hevc")])
def test_broadcast_encoder_by_the_name_of_its_format_is_used(codec: str, canonical: str, tmp_path: Path) -> None:
    case = make_broadcast(tmp_path / "out", Encoding(codec))
    sink = case.open()
    case.write_all()
    sink.finish()
    assert case.read()
    assert see(tmp_path / "out-listener" / "received.ts").codec == canonical


def test_broadcast_held_image_before_the_first_frame_is_not_sent(case: Case) -> None:
    sink = case.open()
    sink.hold(numbered(9))
    case.write(case.make_frame(1))
    sink.finish()
    sink.hold(numbered(9))
    assert [number_of(image) for image in case.read()] == [1]


def test_broadcast_yuv_frame_keeps_its_own_time_for_other_sinks(case: Case) -> None:
    sink = case.open()
    video_frame = convert_to_yuv(numbered(5), case.info.colour)
    video_frame.pts = 777
    case.write(Frame(case.make_frame(5).info, yuv=video_frame))
    sink.finish()
    assert video_frame.pts == 777
    assert [number_of(image) for image in case.read()] == [5]


def test_broadcast_path_is_the_address_without_a_password_once_frames_are_sent(case: Case) -> None:
    sink = case.open()
    assert sink.path is None
    case.write_all()
    sink.finish()
    assert sink.path == sink.name
    assert Broadcast("rtmp://user:secret@host/live").name == "rtmp://host/live"
    assert case.read()
