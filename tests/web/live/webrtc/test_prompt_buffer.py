"""Frames out of RTP packets: whole, in order, and as soon as they are whole."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framechain.web.live.webrtc.prompt_buffer import PromptBuffer


def packet(number: int, frame: int, *, is_last: bool) -> Any:
    return SimpleNamespace(
        sequence_number=number % 65536, timestamp=3000 * frame, marker=int(is_last), _data=f"{number} ".encode()
    )


def packets(*lengths: int, first: int = 65534) -> list[Any]:
    """Return the packets of frames that have so many each; their numbers begin anew after 65535."""
    made = []
    for frame, length in enumerate(lengths):
        for at in range(length):
            made.append(packet(first + len(made), frame, is_last=at == length - 1))
    return made


def test_add_last_packet_gives_the_frame_at_once() -> None:
    buffer = PromptBuffer()
    given = [buffer.add(one)[1] for one in packets(1, 3)]
    assert [None if frame is None else frame.data for frame in given] == [
        b"65534 ",
        None,
        None,
        b"65535 65536 65537 ",
    ]


@given(st.data())
def test_add_packets_in_another_order_gives_all_frames_in_order(data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=6))
    ordered = packets(*lengths)
    # The first packet tells where the stream begins.
    shuffled = [ordered[0], *data.draw(st.permutations(ordered[1:]))]
    buffer, found = PromptBuffer(), []
    for one in shuffled:
        frame = buffer.add(one)[1]
        found += [] if frame is None else [frame]
    # A packet can complete several frames, and gives one: the others come with the next packets.
    for number in range(len(lengths)):
        frame = buffer.add(packet(65534 + len(ordered) + number, 99 + number, is_last=True))[1]
        found += [] if frame is None else [frame]
    assert [frame.timestamp for frame in found][: len(lengths)] == [3000 * number for number in range(len(lengths))]
    whole = b"".join(one._data for one in ordered)
    assert b"".join(frame.data for frame in found)[: len(whole)] == whole


def test_add_frame_with_a_hole_is_not_given() -> None:
    buffer = PromptBuffer()
    first, _, last = packets(3)
    assert buffer.add(first)[1] is None
    assert buffer.add(last)[1] is None


@pytest.mark.parametrize("lost", [600, 2000])
def test_add_after_a_long_loss_asks_for_a_key_frame_and_goes_on(lost: int) -> None:
    buffer = PromptBuffer()
    assert buffer.add(packet(1, 1, is_last=False)) == (False, None)
    must_ask, frame = buffer.add(packet(1 + lost, 2, is_last=True))
    assert must_ask
    assert frame is not None
    assert frame.data == f"{1 + lost} ".encode()
