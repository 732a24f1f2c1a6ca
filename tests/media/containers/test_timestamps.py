"""Presentation times of H.264 in AVI, which stores decoding times only."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from framechain.media.containers.timestamps import TimestampRepair


def make_repair(container: str = "avi", codec: str = "h264", first: int = 0) -> TimestampRepair:
    context = SimpleNamespace(codec=SimpleNamespace(canonical_name=codec))
    stream: Any = SimpleNamespace(codec_context=context, average_rate=Fraction(25), time_base=Fraction(1, 25))
    repair = TimestampRepair(stream, container)
    for dts in (first, 99):  # Only the first packet counts.
        repair.note(SimpleNamespace(dts=dts))  # type: ignore[arg-type]
    return repair


def repair_all(repair: TimestampRepair, times: list[int | None]) -> list[int | None]:
    images: list[Any] = [SimpleNamespace(dts=dts, pts=777) for dts in times]
    return [repair.repair(image).pts for image in images]


@pytest.mark.parametrize("delay", [0, 1, 2, 4])
def test_timestamp_repair_delay_of_the_first_image_is_subtracted_from_all(delay: int) -> None:
    assert repair_all(make_repair(first=3), [3 + delay, 4 + delay, 5 + delay]) == [3, 4, 5]


def test_timestamp_repair_longer_delay_is_a_wait_for_a_key_frame_and_stays() -> None:
    assert repair_all(make_repair(), [5, 6, 7]) == [5, 6, 7]


def test_timestamp_repair_images_after_the_last_packet_get_no_time() -> None:
    assert repair_all(make_repair(), [2, 3, None, None]) == [0, 1, None, None]


def test_timestamp_repair_image_without_a_decoding_time_means_no_delay() -> None:
    assert repair_all(make_repair(), [None, 3, 4]) == [None, 3, 4]


@pytest.mark.parametrize(("container", "codec"), [("mov,mp4", "h264"), ("avi", "mpeg4")])
def test_timestamp_repair_other_containers_and_codecs_keep_their_times(container: str, codec: str) -> None:
    assert repair_all(make_repair(container, codec), [2, 3]) == [777, 777]
