"""One connection of a stream out: its bit rate, and which addresses it takes."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.sink_cases import Listener

from framechain import Encoding, Frame, FrameInfo, StreamInfo
from framechain.errors import OutputError
from framechain.media.live_audio.feed import AudioFormat, LiveAudio
from framechain.pixels.pyav import av
from framechain.sinks.uplink import Uplink, choose_stream_format

_SECONDS, _RATE = 60, 400_000


@pytest.mark.parametrize(
    ("said", "given"), [(30, 12), *(pytest.param(*rates, marks=pytest.mark.slow) for rates in ((30, 30), (15, 25)))]
)
def test_uplink_bit_rate_over_a_minute_is_the_one_that_was_asked_for(said: int, given: int, tmp_path: Path) -> None:
    """Cameras give fewer frames than they say, and objects cost some: the rate must not depend on their number."""
    rng = np.random.default_rng(0)
    scene = cv2.GaussianBlur(rng.integers(0, 255, (144, 512, 3), np.uint8), (0, 0), 4)
    noise = rng.normal(0, 6, (8, 144, 256, 1))
    info = StreamInfo("camera", "camera", 256, 144, Fraction(1, 1_000_000), Fraction(said))
    listener = Listener(tmp_path)
    uplink = None
    for index in range(_SECONDS * given):
        left = round(128 + 127 * np.sin(index / given))
        image = np.clip(scene[:, left : left + 256] + noise[index % 8], 0, 255).astype(np.uint8)
        frame = Frame(FrameInfo(index, round(index * 1e6 / given), 0, info), bgr=image)
        uplink = uplink or Uplink(listener.url, "libx264", Encoding(bitrate=_RATE), info, frame)
        uplink.send(frame)
    assert uplink is not None
    uplink.close(flush=True, seconds=20)
    assert len(listener.received()) == _SECONDS * given
    with av.open(str(tmp_path / "received.ts")) as container:
        packets = [(float(packet.pts * packet.time_base), packet.size) for packet in container.demux() if packet.pts]
    bits = 8 * sum(size for _, size in packets)
    assert bits / _SECONDS == pytest.approx(_RATE, rel=0.1)
    # The buffer holds for each part too: a server is never sent more than the rate and one second's worth at once.
    for start in range(0, _SECONDS - 5, 5):
        part = 8 * sum(size for time, size in packets if start <= time < start + 5)
        assert part < 1.1 * 6 * _RATE
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("framechain-broadcast")]


def test_uplink_srt_is_refused_with_a_reason() -> None:
    with pytest.raises(
        OutputError, match=r"cannot stream to srt://host:9000: .* has no SRT, choose rtmp:// or rtsp://"
    ):
        choose_stream_format("srt://host:9000")


def test_uplink_formats_of_addresses() -> None:
    found = [
        choose_stream_format(f"{scheme}://host:99/key") for scheme in ("rtmp", "RTMPS", "rtsp", "udp", "tcp", "rtp")
    ]
    assert found == ["flv", "flv", "rtsp", "mpegts", "mpegts", "rtp_mpegts"]


def test_uplink_that_cannot_be_made_listens_no_longer() -> None:
    info = StreamInfo("camera", "camera", 256, 144)
    frame = Frame(FrameInfo(0, 0, 40, info), bgr=np.zeros((144, 256, 3), np.uint8))
    audio = LiveAudio()
    audio.format = AudioFormat("aac", 48000, 2)
    with pytest.raises(Exception, match="no-such-codec"):
        Uplink("tcp://127.0.0.1:9", "no-such-codec", Encoding(), info, frame, audio=audio)
    assert audio._taps == []
