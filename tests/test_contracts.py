"""The defaults of the contracts: a subclass with only what it must have works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from support.media import photo

from framechain import Background, Frame, FrameInfo, FrameObject, Matte, Sink, Source, StreamInfo
from framechain.frame import make_image_info

STREAM = StreamInfo("three", "video", 160, 120)


class Half(FrameObject):
    def __call__(self, frame: Any) -> Any:
        return frame // 2


class LeftHalf(Matte):
    def __call__(self, frame: Any) -> Any:
        return np.arange(frame.shape[1])[None].repeat(frame.shape[0], 0) < frame.shape[1] // 2


class Small(Background):
    def __call__(self, frame: Any) -> Any:
        return np.full((2, 3, 3), 77, np.uint8)


class Three(Source):
    info = STREAM
    closed = 0

    def __iter__(self) -> Iterator[Frame]:
        for index in range(3):
            yield Frame(FrameInfo(index, 40 * index, 40, STREAM), bgr=photo())

    def close(self) -> None:
        self.closed += 1


class Log(Sink):
    def __init__(self) -> None:
        self.log: list[Any] = []

    def write(self, frame: Frame) -> None:
        self.log.append(frame.info.index)

    def finish(self, *, complete: bool = True) -> None:
        self.log.append(("finish", complete))

    def abort(self) -> None:
        self.log.append("abort")


@pytest.mark.parametrize("component", [Half(), LeftHalf(), Small()])
def test_component_hooks_have_defaults(component: Any) -> None:
    component.open(STREAM)
    component.reset()
    component.close()
    assert component.name == type(component).__name__
    assert (dict(component.keys), list(component.tunables), component.on_key("a")) == ({}, [], False)


def test_frame_object_process_frame_calls_it_with_bgr() -> None:
    frame, half = Frame(make_image_info("image", photo()), bgr=photo()), Half()
    assert half.prepare(frame) is None
    assert half.cover(photo(), frame.info).tolist() == photo().tolist()
    np.testing.assert_array_equal(half.process_frame(frame).bgr, photo() // 2)


def test_matte_estimate_calls_it_and_converts_the_result() -> None:
    frame, matte = Frame(make_image_info("image", photo()), bgr=photo()), LeftHalf()
    alpha = matte.estimate(frame)
    assert (alpha.dtype, alpha[:, :80].min(), alpha[:, 80:].max()) == (np.uint8, 255, 0)
    image = photo()
    assert matte.correct_foreground(image, alpha) is image


def test_background_render_fits_the_image_that_it_returns() -> None:
    out = np.zeros((120, 160, 3), np.uint8)
    Small().render((out,), (photo(),), (out[..., 0],), make_image_info("image", out))
    assert (out == 77).all()


@pytest.mark.parametrize("part", [FrameObject(), Matte(), Background()])
def test_call_without_a_subclass_is_not_implemented(part: Any) -> None:
    with pytest.raises(NotImplementedError):
        part(photo())


def test_source_in_a_with_block_is_closed() -> None:
    with Three() as source:
        assert [frame.info.pts for frame in source] == [0, 40, 80]
        assert (source.audio, source.icc_profile, tuple(source.warnings), source.notice, source.dropped) == (
            None, None, (), None, 0,
        )  # fmt: skip
        assert source.shortfall() is None
        source.stop()
    assert source.closed == 1


def test_sink_in_a_with_block_is_finished_or_aborted() -> None:
    with Log() as sink, Three() as source:
        sink.open(source)
        for frame in source:
            sink.write(frame)
        sink.hold(photo())
    assert sink.log == [0, 1, 2, ("finish", True)]
    with pytest.raises(ValueError, match="no idea"), Log() as sink:
        raise ValueError("no idea")
    assert sink.log == ["abort"]
    assert (sink.path, sink.frames, sink.problem) == (None, 0, None)


def test_sink_default_finish_and_abort_do_nothing() -> None:
    class Nothing(Sink):
        def write(self, frame: Frame) -> None:
            raise AssertionError("no frame was written")

    with Nothing() as sink:
        sink.finish(complete=False)
        sink.abort()
