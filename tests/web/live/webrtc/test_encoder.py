"""VP8 for the page: looks good from the start, key frames on request, as many bits as the receiver can take."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from support.media import photo, psnr

from framechain.pixels.convert import convert_to_yuv
from framechain.pixels.planes import get_planes
from framechain.pixels.pyav import av
from framechain.web.live.cameras.browser_colour import BROWSER_COLOUR
from framechain.web.live.webrtc.encoder import PageEncoder, choose_bit_rate

_TIME_BASE = Fraction(1, 90_000)


def film(count: int, width: int = 640, height: int = 480) -> list[Any]:
    """A photograph that moves, with the noise of a camera."""
    rng = np.random.default_rng(0)
    wide = photo(width + 4 * count, height).astype(float)
    images = []
    for number in range(count):
        image = wide[:, 4 * number : 4 * number + width] + rng.normal(0, 2, (height, width, 3))
        images.append(convert_to_yuv(np.clip(image, 0, 255).astype(np.uint8), BROWSER_COLOUR))
    return images


def encode(encoder: PageEncoder, images: list[Any], first: int = 0, asked: tuple[int, ...] = ()) -> list[bytes]:
    """Return the VP8 frames, without what RTP puts before them."""
    made = []
    for number, image in enumerate(images, first):
        image.pts, image.time_base = 3000 * number, _TIME_BASE
        payloads, timestamp = encoder.encode(image, number in asked)
        assert timestamp == 3000 * number
        assert all(len(payload) <= 1300 for payload in payloads)
        made.append(b"".join(payload[4:] for payload in payloads))
    return made


def is_key(frame: bytes) -> bool:
    return not frame[0] & 1  # RFC 6386, 9.1


@pytest.mark.slow
def test_encode_looks_good_within_the_first_second_at_the_bit_rate_that_was_chosen() -> None:
    images = film(45)
    frames = encode(PageEncoder(), images)
    decoder = av.CodecContext.create("libvpx", "r")
    shown = [image for frame in frames for image in decoder.decode(av.Packet(frame))]
    qualities = [psnr(get_planes(one)[0], get_planes(other)[0]) for one, other in zip(images, shown, strict=True)]
    # aiortc's own encoder begins at 34 dB.
    assert min(qualities) > 34
    assert np.mean(qualities[15:]) > 37
    bits = 8 * sum(len(frame) for frame in frames[15:])
    assert bits < 1.3 * choose_bit_rate(640, 480)
    assert [number for number, frame in enumerate(frames) if is_key(frame)] == [0]


def test_encode_makes_a_key_frame_when_the_receiver_asks_and_when_the_size_changes() -> None:
    encoder = PageEncoder()
    frames = encode(encoder, film(8), asked=(4,)) + encode(encoder, film(3, 320, 480), first=8)
    assert [number for number, frame in enumerate(frames) if is_key(frame)] == [0, 4, 8]


@pytest.mark.slow
def test_encode_goes_by_the_estimate_of_the_receiver_but_not_for_each_small_change() -> None:
    encoder = PageEncoder()
    images = film(60)
    begun = encode(encoder, images[:20])
    encoder.target_bitrate = 2_200_000
    same = encode(encoder, images[20:30], first=20)
    encoder.target_bitrate = 400_000
    fewer = encode(encoder, images[30:60], first=30)
    assert [is_key(frame) for frame in same] == [False] * 10
    assert is_key(fewer[0])
    assert sum(map(len, fewer[10:])) / 20 < 0.5 * sum(map(len, begun[5:])) / 15
    encoder.target_bitrate = 1  # An estimate of nothing is none.
    assert encode(encoder, images[:2], first=60)
