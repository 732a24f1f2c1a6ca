"""The images of a browser as a live source: size, times, colours, what happens without images."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from support.live_pages import blocks, encode
from support.media import bgr_of, get_planes
from support.patience import eventually

from framechain import Frame
from framechain.errors import CameraError, MediaError
from framechain.pixels.colour import BT601, BT709, ColourSpace
from framechain.pixels.convert import convert_to_yuv
from framechain.pixels.image import Image
from framechain.steering import Stop, asking_to_stop
from framechain.web.live.cameras.browser_camera import BrowserCamera
from framechain.web.live.cameras.browser_colour import BROWSER_COLOUR, convert_for_browser
from framechain.web.live.cameras.feed import Feed, Shot
from framechain.web.live.jpeg import JpegContent


class Given:
    """Content that is decoded already."""

    def __init__(self, image: Any) -> None:
        self._image = image

    def decode(self) -> Any:
        return self._image


COLOURS = blocks((40, 90, 200), (200, 160, 60), (30, 30, 30), (250, 250, 250))


def open_camera(feed: Feed, seconds: float = 5, **more: Any) -> BrowserCamera:
    return BrowserCamera(feed, name="the camera", seconds=seconds, **more)


def taking(camera: BrowserCamera, feed: Feed, images: list[Any]) -> Iterator[Frame]:
    """Yield a frame for the image that opened the camera, and for each further one."""
    frames = iter(camera)
    yield next(frames)
    for image in images:
        feed.put(Shot(Given(image)))
        yield next(frames)


def yuv(image: Image, colour: ColourSpace = BROWSER_COLOUR) -> Any:
    return convert_to_yuv(image, colour)


def test_size_is_that_of_the_first_image_whatever_webrtc_changes() -> None:
    feed = Feed()
    feed.put(Shot(Given(yuv(COLOURS))))
    camera = open_camera(feed)
    half = yuv(np.ascontiguousarray(COLOURS[::2, ::2]))
    turned = yuv(np.full((320, 240, 3), 200, np.uint8))
    frames = list(taking(camera, feed, [half, turned]))
    assert [frame.size for frame in frames] == [(320, 240)] * 3
    assert (camera.info.width, camera.info.height, camera.info.kind) == (320, 240, "camera")
    assert np.abs(frames[1].read_bgr().astype(int) - COLOURS)[:, 20:60].max() <= 6
    # A camera that was turned has bars at its sides.
    assert frames[2].read_bgr()[120, 5].max() == 0
    assert frames[2].read_bgr()[120, 160].min() > 190


def test_size_that_the_page_tells_counts_before_that_of_a_first_image_that_is_smaller() -> None:
    feed = Feed()
    feed.put(Shot(Given(yuv(np.ascontiguousarray(COLOURS[::2, ::2])))))
    camera = open_camera(feed, size=(320, 240))
    assert next(iter(camera)).size == (320, 240)


def test_frames_stay_yuv_and_are_not_copied_before_an_object_writes() -> None:
    feed, image = Feed(), yuv(COLOURS)
    feed.put(Shot(Given(image)))
    frame = next(iter(open_camera(feed)))
    assert frame.is_yuv
    assert frame.yuv is image
    frame.own_planes()
    assert frame.yuv is not image


@pytest.mark.parametrize("size", [(320, 240), (1280, 720)])
def test_colours_are_those_of_bt601_at_any_size_and_on_both_ways(size: tuple[int, int]) -> None:
    shown = np.resize(np.repeat(COLOURS[:1], size[1], axis=0), (size[1], 320, 3))
    shown = np.ascontiguousarray(np.repeat(shown, size[0] // 320, axis=1))
    feed = Feed()
    feed.put(Shot(Given(yuv(shown))))
    frame = next(iter(open_camera(feed)))
    assert np.abs(frame.read_bgr().astype(int) - shown).max() <= 3
    back = bgr_of(get_planes(convert_for_browser(frame)), BROWSER_COLOUR)
    assert np.abs(back.astype(int) - shown)[:, 2 : size[0] // 4 - 4].max() <= 3


def test_frame_of_another_matrix_is_converted_for_the_browser() -> None:
    camera_colour = ColourSpace(BT709, False, BT709, BT709)
    image = yuv(COLOURS, camera_colour)
    image.colorspace = BT709
    feed = Feed()
    feed.put(Shot(Given(image)))
    frame = next(iter(open_camera(feed)))
    assert frame.info.stream.colour.matrix == BT709
    back = bgr_of(get_planes(convert_for_browser(frame)), ColourSpace(BT601))
    assert np.abs(back.astype(int) - COLOURS)[:, 4:70].max() <= 3


def test_times_are_those_at_which_the_images_came() -> None:
    feed = Feed()
    feed.put(Shot(Given(COLOURS), moment=100.0))
    camera = open_camera(feed)
    frames = iter(camera)
    assert next(frames).info.time == 0
    for moment in (100.5, 100.5, 102.25):  # Of the same moment, one comes later.
        feed.put(Shot(Given(COLOURS), moment=moment))
        last = next(frames).info
        assert last.time == pytest.approx(moment - 100, abs=2e-6)
    assert last.index == 3
    assert camera.zero == 100.0


def test_newest_image_wins_and_the_others_count_as_dropped() -> None:
    feed = Feed()
    feed.put(Shot(Given(COLOURS), counter=1))
    camera = open_camera(feed)
    frames = iter(camera)
    next(frames)
    for counter in (2, 3, 4):
        feed.put(Shot(Given(COLOURS), counter=counter))
    assert camera.take_counter(next(frames).info.index) == 4
    assert camera.dropped == 2


def test_camera_without_an_image_is_refused_in_time_and_can_be_stopped_while_it_waits() -> None:
    with pytest.raises(CameraError, match=r"the camera gave no image within 0\.05 s"):
        open_camera(Feed(), 0.05)
    with asking_to_stop(lambda: True), pytest.raises(Stop):
        open_camera(Feed(), 100)


def test_image_with_too_many_pixels_is_refused() -> None:
    feed = Feed()
    feed.put(Shot(Given(np.zeros((4200, 4200, 3), np.uint8))))
    with pytest.raises(MediaError, match="4200x4200"):
        open_camera(feed)


def test_image_that_cannot_be_decoded_is_passed_over_and_told() -> None:
    feed, lost = Feed(), list[int]()
    feed.put(Shot(JpegContent(b"none"), counter=7))
    threading.Timer(0.05, lambda: feed.put(Shot(JpegContent(encode(COLOURS)), counter=8))).start()
    camera = open_camera(feed, on_lost=lost.append)
    assert camera.take_counter(next(iter(camera)).info.index) == 8
    assert lost == [7]


@pytest.mark.slow
def test_silence_is_noticed_and_the_end_comes_at_once() -> None:
    feed = Feed()
    feed.put(Shot(Given(COLOURS)))
    camera = open_camera(feed)
    count: list[int] = []
    thread = threading.Thread(target=lambda: count.append(sum(1 for _ in camera)))
    thread.start()
    assert camera.notice is None
    eventually(lambda: camera.notice == "the camera gives no images, waiting...", "the notice")
    began = time.monotonic()
    camera.stop()
    thread.join()
    assert time.monotonic() - began < 1
    assert count == [1]
