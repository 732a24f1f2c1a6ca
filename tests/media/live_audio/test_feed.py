"""The feed of a live source's audio: taps that come and go, mute, and queues that nobody empties."""

from __future__ import annotations

from framechain.media.live_audio.clock import Anchor
from framechain.media.live_audio.feed import AudioFormat, AudioPacket, AudioTap, LiveAudio

_AAC = AudioFormat("aac", 48000, 2)


def _packet(number: int, anchor: Anchor | None = None) -> AudioPacket:
    return AudioPacket(bytes([number % 256]), number / 50, 0.02, anchor or Anchor(0.0), _AAC)


def _drain(tap: AudioTap, before: float = 1e9) -> list[int]:
    taken = []
    while (item := tap.take(before)) is not None:
        taken.append(item[1].data[0])
    return taken


def test_listen_each_tap_gets_what_comes_from_then_on() -> None:
    audio = LiveAudio()
    first = audio.listen()
    audio.put(_packet(1))
    second = audio.listen()
    audio.put(_packet(2))
    first.close()
    audio.put(_packet(3))
    assert (_drain(first), _drain(second)) == ([], [2, 3])


def test_take_times_count_from_the_outputs_beginning() -> None:
    audio = LiveAudio()
    audio.zero = 1000.0
    tap = audio.listen()
    tap.origin = 2.0
    audio.put(AudioPacket(b"x", 5.0, 0.02, Anchor(998.5), _AAC))
    assert tap.take(before=1.5) is None
    item = tap.take(before=1.6)
    assert item is not None
    assert item[0] == 1.5


def test_take_packet_before_the_first_frame_waits_until_its_time_is_known() -> None:
    audio, anchor = LiveAudio(), Anchor()
    tap = audio.listen()
    audio.put(_packet(7, anchor))
    assert tap.take(before=1e9) is None
    anchor.offset = 3.0
    assert _drain(tap) == [7]


def test_put_muted_packets_are_gone_for_good() -> None:
    audio = LiveAudio()
    tap = audio.listen()
    for number in range(9):
        audio.muted = 3 <= number < 6
        audio.put(_packet(number))
    assert _drain(tap) == [0, 1, 2, 6, 7, 8]


def test_put_tap_that_nobody_empties_keeps_the_newest() -> None:
    audio = LiveAudio()
    tap = audio.listen()
    for number in range(5000):
        audio.put(_packet(number))
    assert _drain(tap) == [number % 256 for number in range(5000 - 2048, 5000)]
