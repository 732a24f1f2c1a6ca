"""The operators of mattes: what they keep, how often they call, what they refuse."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from support.media import photo

from framechain import BackgroundReplacement, Engine, FindMatte, FPSmetric, FrameInfo, Matte, StreamInfo, Tunable
from framechain.adapters import adapt_matte
from framechain.backgrounds import Color
from framechain.contracts import Component
from framechain.errors import ArgumentError, ArgumentTypeError, ObjectError, ObjectResultError
from framechain.frame import Frame, make_image_info
from framechain.pixels.image import Image

STREAM = StreamInfo("clip", "video", 160, 120)
IMAGE = photo()


class Logging(Matte):
    """A matte that finds everything left of a column and writes down what happens to it."""

    works_on_yuv = True
    can_prepare = True

    def __init__(self, column: int = 80, edge: Any = None) -> None:
        self.column, self.edge, self.log = column, edge, []  # type: ignore[var-annotated]

    @property
    def tunables(self) -> list[Tunable]:
        return [Tunable("column", lambda: self.column, lambda value: setattr(self, "column", int(value)), 0, 160)]

    @property
    def keys(self) -> dict[str, str]:  # type: ignore[override]
        return {"l": f"column {self.column}"}

    def estimate(self, frame: Frame) -> Any:
        self.log.append("estimate")
        alpha = np.zeros(frame.size[::-1], np.uint8)
        alpha[:, : self.column] = 255
        return alpha

    def open(self, stream: StreamInfo) -> None:
        self.log.append("open")

    def close(self) -> None:
        self.log.append("close")

    def reset(self) -> None:
        self.log.append("reset")

    def on_key(self, key: str) -> bool:
        self.log.append(key)
        return key == "l"


class Simple(Matte):
    """As a user writes it: `__call__` alone."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def __call__(self, frame: Image) -> Any:
        self.log.append("estimate")
        return (np.indices(frame.shape[:2])[0] < 60).astype(np.float32)

    def open(self, stream: StreamInfo) -> None:
        self.log.append("open")


def top_half(frame: Any) -> Any:
    return np.indices(frame.shape[:2])[0] < 60


def find(matte: Any) -> Any:
    return matte(IMAGE) > 127


LEFT = np.indices((120, 160))[1] < 80
TOP = np.indices((120, 160))[0] < 60


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda a: ~a, ~LEFT),
        (lambda a: a | top_half, LEFT | TOP),
        (lambda a: top_half | a, LEFT | TOP),
        (lambda a: a & top_half, LEFT & TOP),
        (lambda a: top_half & a, LEFT & TOP),
        (lambda a: a & ~Simple(), LEFT & ~TOP),
        (lambda a: a - Simple(), LEFT & ~TOP),
        (lambda a: a - top_half, LEFT & ~TOP),
        (lambda a: top_half - a, TOP & ~LEFT),
        (lambda a: a - a, LEFT & ~LEFT),
        (lambda a: a.inside((0, 0, 160, 60)), LEFT & TOP),
        (lambda a: a.outside((0.0, 0.0, 1.0, 0.5)), LEFT & ~TOP),
        (lambda a: a.inside(TOP), LEFT & TOP),
        (lambda a: a.outside(TOP.astype(np.uint8) * 255), LEFT & ~TOP),
        (lambda a: a.grow(5), np.indices((120, 160))[1] < 85),
        (lambda a: a.grow(-5), np.indices((120, 160))[1] < 75),
        (lambda a: a.map(lambda confidence: confidence[:, ::-1]), ~LEFT),
        (lambda a: a & ~a.grow(-5), LEFT & (np.indices((120, 160))[1] >= 75)),
    ],
)
def test_matte_operator_finds_what_it_says(make: Any, expected: Any) -> None:
    np.testing.assert_array_equal(find(make(Logging())), expected)


@pytest.mark.parametrize("matte", [Logging(), Simple()])
def test_matte_used_twice_runs_and_is_opened_once(matte: Any) -> None:
    border = (matte & ~matte.grow(-5)) | matte.inside((0, 0, 20, 20)).map(lambda confidence: confidence)
    replace = BackgroundReplacement(border, Color((0, 0, 0)))
    replace.open(STREAM)
    replace(IMAGE)
    replace(IMAGE)
    assert matte.log == ["open", "estimate", "estimate"]


OPERATORS = [
    lambda a: ~a,
    lambda a: a.inside((0, 0, 9, 9)),
    lambda a: a.outside((0, 0, 9, 9)),
    lambda a: a.grow(3),
    lambda a: a.map(np.copy),
    lambda a: ~~a.grow(1).inside((0.0, 0.0, 1.0, 1.0)),
    lambda a: a | Logging(3),
    lambda a: Logging(3) & a,
]


def test_matte_operator_passes_on_every_attribute_of_the_contract() -> None:
    contract = {name for kind in (Matte, Component) for name in vars(kind) if not name.startswith("_")}
    made_anew = {"inside", "outside", "grow", "map"}
    assert contract - made_anew <= set(vars(type(~Logging())))


def test_matte_operator_of_what_an_earlier_object_found_needs_it() -> None:
    found = FindMatte(Logging()).found
    assert (~found).needs_alpha
    assert (Logging() | found.grow(2)).needs_alpha
    assert not (~Logging()).needs_alpha
    finder = FindMatte(Logging())
    chain = [finder, BackgroundReplacement(finder.found & ~finder.found.grow(-5), Color((0, 0, 0)))]
    border = Engine(custom_objects=chain).custom_processing(np.full((120, 160, 3), 9, np.uint8))
    assert np.flatnonzero(border[60, :, 0]).tolist() == [75, 76, 77, 78, 79]
    with pytest.raises(ArgumentError, match="alpha"):
        Engine(custom_objects=[BackgroundReplacement(~found, Color((0, 0, 0)))])


@pytest.mark.parametrize("make", OPERATORS)
def test_matte_operator_keeps_hooks_and_attributes(make: Any) -> None:
    matte = Logging(edge=(0.6, 0.3))
    modified = make(matte)
    modified.open(STREAM)
    modified.reset()
    assert (modified.on_key("l"), modified.on_key("x")) == (True, False)
    modified.close()
    assert matte.log == ["open", "reset", "l", "x", "close"]
    assert (modified.works_on_yuv, modified.can_prepare, modified.mixes_edges) == (True, True, False)
    assert modified.keys["l"].startswith("column")
    assert 80 in [tunable.get() for tunable in modified.tunables]
    assert (modified.status, modified.problem) == (None, None)
    matte.status, matte.problem, matte.mixes_edges = "learning", "nobody", True
    assert (modified.status, modified.problem, modified.mixes_edges) == ("learning", "nobody", True)
    assert modified.edge[1] == 0.3


def test_matte_close_that_fails_leaves_no_other_open() -> None:
    class Failing(Logging):
        def close(self) -> None:
            raise OSError("stuck")

    first, last = Logging(), Logging()
    with pytest.raises(OSError, match="stuck"):
        (first | Failing() | last).close()
    assert (first.log, last.log) == (["close"], ["close"])


def test_matte_inverse_mirrors_the_edge() -> None:
    assert (~Logging(edge=(0.6, 0.3))).edge == (0.4, 0.3)
    assert (~Logging()).edge is None


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.25])
@pytest.mark.parametrize("softness", [0, 0.1, 0.25])
def test_matte_inverse_has_the_inverse_alpha(threshold: float, softness: float) -> None:
    def ramp(frame: Any) -> Any:
        return np.arange(160, dtype=np.uint8)[None].repeat(120, 0) + np.uint8(50)

    ramp.edge = threshold, softness  # type: ignore[attr-defined]
    matte = adapt_matte(ramp)
    first, second = (BackgroundReplacement(one, Color((0, 0, 0))).alpha(IMAGE).astype(int) for one in (matte, ~matte))
    assert np.abs(first + second - 255).max() <= 1


def make_ramp(edge: Any, *, down: bool = False) -> Matte:
    """A matte whose confidence takes all values, from left to right or downwards."""

    def ramp(frame: Any) -> Any:
        height, width = frame.shape[:2]
        values = np.linspace(0, 255, height if down else width).astype(np.uint8)
        return values[:, None].repeat(width, 1) if down else values[None].repeat(height, 0)

    ramp.edge = edge  # type: ignore[attr-defined]
    return adapt_matte(ramp)


def find_alpha(matte: Any) -> Any:
    return BackgroundReplacement(matte, Color((0, 0, 0))).alpha(IMAGE).astype(int)


EDGES = [None, (0.5, 0.2), (0.6, 0.3), (0.35, 0.1), (0.7, 0)]


@pytest.mark.parametrize("first", EDGES)
@pytest.mark.parametrize("second", EDGES)
def test_matte_join_has_the_larger_or_the_smaller_alpha(first: Any, second: Any) -> None:
    a, b = make_ramp(first), make_ramp(second, down=True)
    for joined, choose in ((a | b, np.maximum), (a & b, np.minimum)):
        difference = np.abs(find_alpha(joined) - choose(find_alpha(a), find_alpha(b)))
        # Levels of confidence are coarser than those of alpha: a narrow edge has few of them.
        assert difference.max() <= 4


@pytest.mark.parametrize("edge", EDGES)
def test_matte_soft_region_limits_the_finished_alpha(edge: Any) -> None:
    matte, mask = make_ramp(edge), np.linspace(0, 1, 120)[:, None].repeat(160, 1)
    limits = (mask * 255 + 0.5).astype(np.uint8).astype(int)
    if edge is not None and edge[1] == 0:
        limits = np.where(limits >= 128, 255, 0)  # A hard cut is hard at the region's border too.
    for modified, limit in ((matte.inside(mask), limits), (matte.outside(mask), 255 - limits)):
        assert np.abs(find_alpha(modified) - np.minimum(find_alpha(matte), limit)).max() <= 4


class Despilling(Logging):
    corrects_foreground = True

    def correct_foreground(self, frame: Any, alpha: Any) -> Any:
        return frame // 2


def test_matte_operators_pass_the_correction_on_but_not_of_an_inverted_one() -> None:
    frame = np.full((2, 2, 3), 200, np.uint8)
    despilling = Despilling()
    for modified in (
        despilling.inside((0, 0, 9, 9)),
        despilling.grow(2),
        Logging() | despilling,
        ~Logging() & despilling,
    ):
        assert modified.corrects_foreground
        assert modified.correct_foreground(frame, frame[..., 0]).max() == 100
    for modified in (~despilling, Logging() & ~despilling):
        assert not modified.corrects_foreground
        assert modified.correct_foreground(frame, frame[..., 0]).max() == 200


def test_matte_one_that_needs_bgr_makes_all_need_it() -> None:
    assert not (Logging() | top_half).works_on_yuv
    assert not (Logging() | top_half).can_prepare


def test_matte_answers_of_two_sizes_are_joined_at_the_larger() -> None:
    frame = Frame(make_image_info("image", IMAGE), bgr=IMAGE)
    assert (Coarse() | Logging()).estimate(frame).shape == (120, 160)
    assert (Logging() & Coarse()).estimate(frame).shape == (120, 160)
    assert (Coarse() | Coarse()).estimate(frame).shape == (12, 16)
    assert Coarse().inside((0, 0, 80, 120))(IMAGE).shape == (120, 160)


def test_matte_map_gets_the_info_and_an_array_of_its_own() -> None:
    kept = np.full((120, 160), 9, np.uint8)

    class Keeping(Logging):
        def estimate(self, frame: Frame) -> Any:
            return kept

    seen = []

    def clear(confidence: Any, info: FrameInfo) -> Any:
        seen.append(info.index)
        confidence[:] = 255
        return confidence

    assert Keeping().map(clear)(IMAGE).min() == 255
    assert seen == [0]
    assert kept.max() == 9


class Coarse(Logging):
    def estimate(self, frame: Frame) -> Any:
        return np.full((12, 16), 200, np.uint8)


def test_matte_map_of_a_smaller_answer_gets_the_size_of_the_frame() -> None:
    def clear_below_row_90(confidence: Any) -> Any:
        confidence[90:] = 0
        return confidence

    found = Coarse().map(clear_below_row_90)(IMAGE)
    np.testing.assert_array_equal(found[:90], 200)
    np.testing.assert_array_equal(found[90:], 0)


def test_matte_map_that_changes_nothing_keeps_a_smaller_answer() -> None:
    frame = Frame(make_image_info("image", IMAGE), bgr=IMAGE)
    assert Coarse().map(np.copy).estimate(frame).shape == (12, 16)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda c: None, ObjectResultError, r"<lambda>, given to map, returned NoneType at frame 0 instead of"),
        (lambda c: c[:5], ObjectResultError, r"returned uint8 of shape \(5, 160\) .* uint8 of shape \(120, 160\)"),
        (lambda c: c.astype(int), ObjectResultError, "returned int64"),
        (lambda c: 1 / 0, ObjectError, "<lambda> raised ZeroDivisionError at frame 0"),
    ],
)
def test_matte_map_error_names_the_function(function: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        BackgroundReplacement(Logging().map(function), Color((0, 0, 0)))(IMAGE)


def test_matte_wrong_answer_in_an_expression_names_the_matte() -> None:
    class Wrong(Logging):
        def estimate(self, frame: Frame) -> Any:
            return np.zeros((2, 2))

    with pytest.raises(ObjectResultError, match="the matte Wrong returned float64"):
        (Logging() | Wrong())(IMAGE)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda a: a | 5, ArgumentTypeError, "the matte is not callable: 5"),
        (lambda a: None & a, ArgumentTypeError, "the matte is not callable: None"),
        (lambda a: a - 5, ArgumentTypeError, "the matte is not callable: 5"),
        (lambda a: LEFT - a, ArgumentTypeError, "the matte is not callable"),
        (lambda a: a or Simple(), ArgumentTypeError, r"Logging is a matte, neither true nor false: .* write a \| b"),
        (lambda a: not (a & Simple()), ArgumentTypeError, "neither true nor false"),
        (lambda a: LEFT | a, ArgumentTypeError, "the matte is not callable"),
        (lambda a: a & LEFT, ArgumentTypeError, "the matte is not callable"),
        (
            lambda a: a | FPSmetric(),
            ArgumentTypeError,
            "FPSmetric is an object of the chain, .* where a matte is needed",
        ),
        (lambda a: a | Simple, ArgumentTypeError, r"the matte is the class Simple: make an object, Simple\(\)"),
        (lambda a: a.map(3), ArgumentTypeError, "map needs a function of the confidence, got 3"),
        (lambda a: a.grow("wide"), ArgumentError, "pixels must be a number of pixels from -1000 to 1000, got 'wide'"),
        (lambda a: a.inside("left"), ArgumentError, "region must be"),
        (lambda a: a.outside((500, 0, 600, 9))(IMAGE), ArgumentError, "which is 160x120"),
    ],
)
def test_matte_operator_wrong_argument_is_refused(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make(Logging())


@pytest.mark.parametrize("make", OPERATORS)
def test_matte_modified_copy_and_pickle_work(make: Any) -> None:
    modified = make(Logging())
    for twin in (copy.deepcopy(modified), pickle.loads(pickle.dumps(modified))):
        np.testing.assert_array_equal(twin(IMAGE), modified(IMAGE))
        twin.open(STREAM)


def test_matte_modified_name_says_what_it_is() -> None:
    named = ((Logging() | top_half) & ~Logging().grow(2)).inside((0, 0, 9, 9)).map(np.copy)
    assert named.name == "((Logging | top_half) & ~Logging.grow(2)).inside(...).map(copy)"


def test_matte_that_combines_is_still_any_callable() -> None:
    replace = BackgroundReplacement(top_half | Logging(), Color((0, 255, 0)))
    result = replace(np.full((120, 160, 3), 9, np.uint8))
    np.testing.assert_array_equal((result == 9).all(axis=2), LEFT | TOP)
