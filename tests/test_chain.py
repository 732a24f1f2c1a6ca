"""The contract of a custom object, held to on real streams."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import flats, level, photo, see, write_clip

from framechain import Encoding, Engine, FramechainError, FrameInfo, FrameObject, StreamInfo
from framechain.chain import Chain
from framechain.errors import ArgumentTypeError, ObjectError, ObjectResultError
from framechain.frame import Frame, make_image_info
from framechain.mattes import ChromaKey
from framechain.pixels.convert import convert_to_yuv


@pytest.fixture(scope="module")
def greys(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Twenty grey frames, each with a level of its own."""
    return write_clip(tmp_path_factory.mktemp("greys") / "greys.mp4", flats(20))


def run(video: str, target: Path, *objects: Callable[..., Any], **arguments: Any) -> Any:
    engine = Engine(
        video_path=video,
        custom_objects=objects,
        output_path=target,
        encoding=Encoding(crf=1),
        progress=False,
        **arguments,
    )
    return engine.run()


# What fits


def negative(frame: Any) -> Any:
    return 255 - frame


def brighter(by: int, frame: Any) -> Any:
    return cv2.add(frame, (by, by, by, 0))


class Half:
    def __call__(self, frame: Any) -> Any:
        return frame // 2

    def method(self, frame: Any) -> Any:
        return frame // 4


class WithInfo:
    def __call__(self, frame: Any, info: FrameInfo | None = None) -> Any:
        assert info is not None
        assert info.index == 0
        return frame + np.uint8(1)


def with_other_options(frame: Any, strength: int = 3, *, info: FrameInfo, alpha: object = None) -> Any:
    assert strength == 3
    assert alpha is None
    assert (info.stream.width, info.stream.height) == (frame.shape[1], frame.shape[0])
    return frame ^ np.uint8(strength)


CALLABLES: dict[str, tuple[Callable[..., Any], Callable[[Any], Any]]] = {
    "function": (negative, negative),
    "lambda": (lambda frame: frame[::-1], lambda frame: frame[::-1]),
    "object": (Half(), lambda frame: frame // 2),
    "method": (Half().method, lambda frame: frame // 4),
    "partial": (functools.partial(brighter, 40), lambda frame: brighter(40, frame)),
    "partial of OpenCV": (functools.partial(cv2.blur, ksize=(5, 5)), lambda frame: cv2.blur(frame, (5, 5))),
    "builtin": (cv2.bitwise_not, negative),
    "ufunc": (np.invert, negative),
    "one-liner": (
        lambda frame: cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR),
        lambda frame: np.repeat(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)[..., None], 3, axis=2),
    ),
    "optional info": (WithInfo(), lambda frame: frame + np.uint8(1)),
    "keyword info": (with_other_options, lambda frame: frame ^ np.uint8(3)),
    "only variable arguments": (lambda *all_of_them: all_of_them[0], lambda frame: frame),
    "only variable keywords": (lambda frame, **rest: frame if not rest else None, lambda frame: frame),
}


@pytest.mark.parametrize("kind", CALLABLES)
def test_chain_takes_any_callable(kind: str) -> None:
    thing, expected = CALLABLES[kind]
    image = photo()
    result = Engine(custom_objects=[thing]).custom_processing(image.copy())
    np.testing.assert_array_equal(result, expected(image))


def test_chain_applies_objects_in_order() -> None:
    engine = Engine(custom_objects=[lambda f: f // 2, lambda f: f + np.uint8(100)])
    result = engine.custom_processing(np.full((4, 4, 3), 50, np.uint8))
    assert result.max() == result.min() == 125


def test_chain_takes_a_generator() -> None:
    engine = Engine(custom_objects=(thing for thing in [negative, negative]))
    assert engine.custom_objects == [negative, negative]


def test_chain_object_gets_writable_bgr_with_info(greys: str, tmp_path: Path) -> None:
    seen: list[tuple[Any, ...]] = []
    threads: set[int] = set()

    def look(frame: Any, info: FrameInfo) -> Any:
        threads.add(threading.get_ident())
        seen.append((frame.dtype, frame.shape, frame.flags.c_contiguous, frame.flags.writeable))
        infos.append(info)
        return frame

    infos: list[FrameInfo] = []
    run(greys, tmp_path / "out.mp4", look, lambda f: f[:, ::-1], look)
    assert set(seen) == {(np.dtype(np.uint8), (48, 64, 3), True, True)}
    assert [info.index for info in infos[::2]] == list(range(20))
    assert [info.time for info in infos[::2]] == pytest.approx([index / 25 for index in range(20)])
    assert infos[0].stream.kind == "video"
    assert infos[0].stream.name == greys
    assert threads == {threading.get_ident()}


def test_chain_drawing_in_place_is_kept(greys: str, tmp_path: Path) -> None:
    def dot(frame: Any) -> Any:
        cv2.rectangle(frame, (0, 0), (31, 47), (255, 255, 255), cv2.FILLED)
        return frame

    run(greys, tmp_path / "out.mp4", dot)
    for image in map(see(tmp_path / "out.mp4").bgr, range(20)):
        assert image[:, :24].min() > 245
        assert image[:, 40:].max() < 235


def test_chain_kept_array_is_not_drawn_on_by_later_objects() -> None:
    card = np.zeros((100, 200, 3), np.uint8)
    engine = Engine(custom_objects=[lambda frame: card, lambda frame: cv2.circle(frame, (9, 9), 5, (1, 2, 3))])
    engine.custom_processing(photo())
    assert not card.any()


def test_chain_read_only_result_is_writable_for_the_next() -> None:
    frozen = photo()
    frozen.flags.writeable = False  # As numpy.asarray(a PIL image) is.
    result = Engine(custom_objects=[lambda frame: frozen, lambda f: cv2.circle(f, (9, 9), 5, (1, 2, 3), -1)])
    assert result.custom_processing(photo())[9, 9].tolist() == [1, 2, 3]


def test_chain_object_may_resize_all_frames(greys: str, tmp_path: Path) -> None:
    run(greys, tmp_path / "out.mp4", lambda frame: cv2.resize(frame, (101, 33)))
    assert see(tmp_path / "out.mp4").size == (102, 34)  # yuv420p has no odd sizes: the last row is repeated.


def test_chain_size_that_changes_is_an_error(greys: str, tmp_path: Path) -> None:
    with pytest.raises(FramechainError, match=r"frame 7 is 32x24 and the first was 64x48"):
        run(greys, tmp_path / "out.mp4", lambda frame, info: frame[::2, ::2] if info.index == 7 else frame)
    assert list(tmp_path.iterdir()) == []


def test_chain_size_that_changes_names_the_object(greys: str, tmp_path: Path) -> None:
    def shrink(frame: Any, info: FrameInfo) -> Any:
        return frame[::2, ::2] if info.index >= 7 else frame

    with pytest.raises(FramechainError, match=r"\(shrink at frame 7 returned another size than before\)"):
        run(greys, tmp_path / "out.mp4", lambda frame: frame[:, ::2], shrink, lambda frame: frame[::2])


# What does not


@pytest.mark.parametrize("thing", [None, 3, "blur", np.zeros(3), [negative]])
def test_chain_uncallable_is_refused_by_position(thing: object) -> None:
    with pytest.raises(ArgumentTypeError, match=r"custom_objects\[1\] is not callable") as caught:
        Engine(custom_objects=[negative, thing, None])  # type: ignore[list-item]
    assert isinstance(caught.value, TypeError)
    assert type(thing).__name__ in str(caught.value)


def test_chain_class_or_single_object_is_refused_with_advice() -> None:
    with pytest.raises(ArgumentTypeError, match=r"custom_objects\[0\] is the class Half: make an object, Half\(\)"):
        Engine(custom_objects=[Half])
    with pytest.raises(ArgumentTypeError, match=r"must be a list, got negative: write \[negative\]"):
        Engine(custom_objects=negative)  # type: ignore[arg-type]


def test_chain_matte_is_refused_with_advice() -> None:
    advice = r"custom_objects\[1\] is the matte ChromaKey, which returns no frame: wrap it, FindMatte\(matte\)"
    with pytest.raises(ArgumentTypeError, match=advice):
        Engine(custom_objects=[negative, ChromaKey()])


BAD_RESULTS = {
    "None": (lambda frame: None, "None"),
    "float": (lambda frame: 0.5, "a float"),
    "list": (lambda frame: frame.tolist(), "a list"),
    "tuple": (lambda frame: (True, frame), "a tuple"),
    "grey": (lambda frame: frame[..., 0], r"an array of shape \(48, 64\)"),
    "four dimensions": (lambda frame: frame[None], r"an array of shape \(1, 48, 64, 3\)"),
    "float image": (lambda frame: frame / 255, "an array of float64"),
    "int image": (lambda frame: frame.astype(int), "an array of int64"),
    "mask": (lambda frame: frame > 9, "an array of bool"),
    "empty": (lambda frame: frame[:0], r"an array of shape \(0, 64, 3\)"),
}


@pytest.mark.parametrize("kind", BAD_RESULTS)
def test_chain_wrong_result_is_an_error(kind: str, greys: str, tmp_path: Path) -> None:
    make, found = BAD_RESULTS[kind]
    later: list[int] = []

    class Sharpen:
        def __call__(self, frame: Any, info: FrameInfo) -> Any:
            return make(frame) if info.index == 3 else frame

    def after(frame: Any, info: FrameInfo) -> Any:
        later.append(info.index)
        return frame

    with pytest.raises(ObjectResultError, match=rf"Sharpen returned {found} at frame 3 instead of") as caught:
        run(greys, tmp_path / "out.mp4", Sharpen(), after)
    assert isinstance(caught.value, TypeError)
    assert later == [0, 1, 2]
    assert list(tmp_path.iterdir()) == []


def test_chain_error_names_the_object_and_has_a_cause(greys: str, tmp_path: Path) -> None:
    def detector(frame: Any, info: FrameInfo) -> Any:
        return frame if info.index < 4 else frame[9999]

    with pytest.raises(ObjectError, match=r"^detector raised IndexError at frame 4: index 9999") as caught:
        run(greys, tmp_path / "out.mp4", negative, detector)
    assert isinstance(caught.value.__cause__, IndexError)
    assert list(tmp_path.iterdir()) == []


def test_chain_unfilled_parameter_is_an_object_error() -> None:
    with pytest.raises(ObjectError, match=r"raised TypeError at frame 0: .*strength"):
        Engine(custom_objects=[lambda frame, strength: frame]).custom_processing(photo())


def test_chain_keyboard_interrupt_passes_unchanged() -> None:
    def stop(frame: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Engine(custom_objects=[stop]).custom_processing(photo())


# Hooks


class Recorder:
    """Notes the calls that it gets."""

    def __init__(self, name: str, log: list[str], fails: str = "") -> None:
        self.name, self.log, self.fails = name, log, fails

    def _note(self, what: str) -> None:
        self.log.append(f"{self.name}.{what}")
        if what == self.fails:
            raise ValueError(f"no {what}")

    def open(self, stream: StreamInfo) -> None:
        self.stream = stream
        self._note("open")

    def close(self) -> None:
        self._note("close")

    def reset(self) -> None:
        self._note("reset")

    def on_key(self, key: str) -> bool:
        self._note(f"on_key({key})")
        return key == self.name

    def __call__(self, frame: Any, info: FrameInfo) -> Any:
        self._note(f"frame {info.index}")
        return frame


def test_chain_hooks_are_called_once_per_run_in_order(greys: str, tmp_path: Path) -> None:
    log: list[str] = []
    objects = [Recorder("a", log), negative, Recorder("b", log)]
    engine = Engine(
        video_path=greys, custom_objects=objects, output_path=tmp_path / "o.mp4", end_video_frame=1, break_on_end=True
    )
    expected = ["a.open", "b.open", "a.frame 0", "b.frame 0", "a.frame 1", "b.frame 1", "a.close", "b.close"]
    engine.run()
    assert log == expected
    engine.run()
    assert log == expected * 2
    assert (objects[0].stream.width, objects[0].stream.height, objects[0].stream.rate) == (64, 48, 25)


def test_chain_hooks_for_an_image() -> None:
    log: list[str] = []
    Engine(custom_objects=[Recorder("a", log)]).process_image(photo())
    assert log == ["a.open", "a.frame 0", "a.close"]


@pytest.mark.parametrize("still", [False, True])
@pytest.mark.parametrize("fails", ["open", "frame 0", "close"])
def test_chain_error_closes_every_object(fails: str, still: bool, greys: str, tmp_path: Path) -> None:
    log: list[str] = []
    objects = [Recorder("a", log), Recorder("b", log, fails), Recorder("c", log)]
    engine = Engine(video_path=greys, output_path=tmp_path / "out.mp4", custom_objects=objects, progress=False)
    message = "Recorder raised ValueError at frame 0: no frame 0" if "frame" in fails else rf"Recorder\.{fails}\(\)"
    with pytest.raises(ObjectError, match=message):
        _ = engine.process_image(photo(), tmp_path / "out.png") if still else engine.run()
    assert log[-3:] == ["a.close", "b.close", "c.close"]
    assert sum("close" in entry for entry in log) == 3
    assert list(tmp_path.iterdir()) == []


def test_close_error_does_not_hide_an_earlier_one(greys: str, tmp_path: Path) -> None:
    log: list[str] = []
    objects = [Recorder("a", log, "frame 2"), Recorder("b", log, "close")]
    with pytest.raises(ObjectError, match="at frame 2: no frame 2"):
        run(greys, tmp_path / "out.mp4", *objects)
    assert log[-2:] == ["a.close", "b.close"]


def test_chain_keys_and_reset_reach_every_object() -> None:
    log: list[str] = []
    chain = Chain([Recorder("a", log), negative, Recorder("d", log)])
    assert [chain.on_key(key) for key in "adx"] == [True, True, False]
    chain.reset()
    assert log == [f"{name}.on_key({key})" for key in "adx" for name in "ad"] + ["a.reset", "d.reset"]


def test_chain_without_objects_does_not_convert() -> None:
    frame = Frame(make_image_info("image", photo()), bgr=photo())
    assert Chain([])(frame) is frame


def test_process_frame_subclass_that_overrides_only_call_is_not_bypassed(greys: str, tmp_path: Path) -> None:
    class OnPlanes(FrameObject):
        def __call__(self, frame: Any) -> Any:
            return frame

        def process_frame(self, frame: Frame) -> Frame:
            return frame

        def prepare(self, frame: Frame) -> Any:
            return lambda frame: frame

    class Negative(OnPlanes):
        def __call__(self, frame: Any) -> Any:
            return 255 - frame

    run(greys, tmp_path / "out.mp4", Negative())
    expected = [255 - level(index) for index in range(20)]
    assert see(tmp_path / "out.mp4").greys() == pytest.approx(expected, abs=3)
    (frame,) = frames_of_yuv(1)
    assert Chain([OnPlanes()])(frame).is_yuv
    assert not Chain([Negative()])(frame).is_yuv


def frames_of_yuv(count: int) -> list[Frame]:
    """Grey frames in YUV."""
    info = make_image_info("image", photo())
    return [Frame(info, yuv=convert_to_yuv(photo(), info.stream.colour)) for _ in range(count)]
