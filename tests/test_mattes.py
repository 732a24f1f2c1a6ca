"""The classical mattes: how well they cut out, what they forgive, how they are driven."""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

import scenes
from scenes import FOREGROUND, SHADOW, Score, Shot, evaluate

from framechain import BackgroundReplacement
from framechain.backgrounds import Color
from framechain.errors import ArgumentError, ArgumentTypeError, MediaError, MissingInputError
from framechain.mattes import (
    KNN,
    MOG2,
    ChromaKey,
    ContourFill,
    MediaPipeMatte,
    OtsuThreshold,
    ReferenceFrame,
    RunningAverage,
)
from framechain.mattes.cleanup import CleanUp
from framechain.mattes.exposure import Exposure
from framechain.mattes.wall import continued_wall
from framechain.stream import Colour

WARM_UP = 30
SMALL = 160, 90

SCENE_MATTES: dict[str, Callable[[], Any]] = {
    "ReferenceFrame": ReferenceFrame,
    "RunningAverage": lambda: RunningAverage(WARM_UP),
    "MOG2": lambda: MOG2(warm_up=WARM_UP),
    "KNN": lambda: KNN(warm_up=WARM_UP),
}
LEARNERS = [name for name in SCENE_MATTES if name != "ReferenceFrame"]
ALL: dict[str, Callable[[], Any]] = {
    **SCENE_MATTES,
    "OtsuThreshold": OtsuThreshold,
    "ContourFill": ContourFill,
    "ChromaKey": ChromaKey,
}

every_scene_matte = pytest.mark.parametrize("name", SCENE_MATTES)
every_learner = pytest.mark.parametrize("name", LEARNERS)
every_matte = pytest.mark.parametrize("name", ALL)


@pytest.fixture(scope="module")
def view() -> Any:
    return scenes.view()


@pytest.fixture(scope="module")
def empty(view: Any) -> list[Shot]:
    return list(scenes.empty(view, WARM_UP))


@pytest.fixture(scope="module")
def sequences(view: Any) -> dict[str, list[Shot]]:
    """She walks through a real picture with sensor noise: as it is, and with what mattes find hard."""
    return {
        "clean": list(scenes.shots(view, 24)),
        "darker": list(scenes.shots(view, 24, drift=-0.15, shadow=0.4)),
        "brighter": list(scenes.shots(view, 24, drift=0.15, shadow=0.4)),
    }


def there(_: float) -> float:
    return 0.5


def nobody(_: float) -> None:
    return None


def learnt(name: str, shots: Iterable[Shot]) -> Any:
    """A matte that has seen the empty scene."""
    matte = SCENE_MATTES[name]()
    for shot in shots:
        matte(shot.frame)
    return matte


def plain(level: int = 200, size: tuple[int, int] = SMALL) -> Any:
    return np.full((size[1], size[0], 3), level, np.uint8)


def with_box(frame: Any, colour: Any = (40, 60, 120), box: tuple[int, int, int, int] = (60, 30, 110, 90)) -> Any:
    frame = frame.copy()
    left, top, right, bottom = box
    frame[top:bottom, left:right] = colour
    return frame


# How well the scene mattes cut out


@every_scene_matte
def test_she_is_cut_out(name: str, empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    assert evaluate(SCENE_MATTES[name](), empty, sequences["clean"]).f_measure >= 0.98  # The issue asks for 0.90.


@every_scene_matte
@pytest.mark.parametrize("kind", ["darker", "brighter"])
def test_neither_drift_nor_shadow_matter(
    name: str, kind: str, empty: list[Shot], sequences: dict[str, list[Shot]]
) -> None:
    score = evaluate(SCENE_MATTES[name](), empty, sequences[kind])
    assert score.f_measure >= 0.97  # The issue asks for 0.80.


def test_the_hard_sequences_are_hard(empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    """A plain difference to the first frame, which all this is to beat, fails on them."""
    reference = empty[0].frame

    def difference(frame: Any) -> Any:
        return (cv2.absdiff(frame, reference).max(axis=2) > 16).astype(np.uint8) * 255

    assert all(evaluate(difference, [], sequences[kind]).f_measure < 0.75 for kind in ("darker", "brighter"))


@every_scene_matte
def test_a_cast_shadow_is_not_in_front(name: str, empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    matte = learnt(name, empty)
    in_shadow = [
        (matte(shot.frame)[shot.truth == SHADOW] > 127).mean()
        for shot in sequences["darker"]
        if (shot.truth == SHADOW).any()
    ]
    assert np.mean(in_shadow) < 0.02


def test_shadows_are_in_front_if_none_are_looked_for(empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    matte = ReferenceFrame(empty[0].frame, shadow_threshold=1)
    shot = sequences["darker"][12]
    assert (matte(shot.frame)[shot.truth == SHADOW] > 127).mean() > 0.5


@every_scene_matte
def test_a_grey_shirt_before_a_white_wall_is_no_shadow(name: str) -> None:
    wall = scenes.wall()
    matte = learnt(name, scenes.empty(wall, WARM_UP))
    rng = np.random.default_rng(3)
    picture = wall * 255
    picture[100:, 240:420] *= 0.62
    frame = np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
    alpha = matte(frame)
    assert (alpha[110:350, 250:410] > 127).mean() > 0.95
    assert (alpha[:, :220] > 127).mean() < 0.01


@every_scene_matte
def test_when_the_light_jumps_she_stays_cut_out(name: str, empty: list[Shot], sequences: dict[str, list[Shot]]) -> None:
    matte = learnt(name, empty)
    score = Score()
    for index, shot in enumerate(sequences["clean"]):
        factor = [1.3, 1.25, 1.2] if index >= 12 else [1, 1, 1]
        score.add(matte(np.clip(shot.frame * np.array(factor), 0, 255).astype(np.uint8)), shot)
    assert score.f_measure > 0.97


@every_scene_matte
def test_a_corner_that_gets_a_little_brighter_is_not_in_front(name: str) -> None:
    wall = scenes.wall(bgr=(190, 192, 196))
    matte = learnt(name, scenes.empty(wall, WARM_UP))
    y, x = np.mgrid[0:360, 0:640]
    glow = 1 + 0.11 * np.exp(-((x - 600) ** 2 + (y - 40) ** 2) / (2 * 110**2))
    for shot in scenes.shots((wall * glow[..., None]).astype(np.float32), 3, where=lambda _: 0.3):
        found = matte(shot.frame) > 127
        assert found[:, 400:].mean() < 0.002
        assert found[shot.truth == FOREGROUND].mean() > 0.97


@every_scene_matte
@pytest.mark.parametrize("noise", [1, 8])
def test_noise_of_any_strength_is_not_in_front(name: str, noise: float, view: Any) -> None:
    matte = learnt(name, scenes.empty(view, WARM_UP, noise=noise))
    found = [(matte(shot.frame) > 127).mean() for shot in scenes.empty(view, 6, noise=noise, seed=8)]
    assert max(found) < 0.001


@every_scene_matte
def test_what_is_brighter_and_what_is_darker_is_in_front(name: str) -> None:
    matte = learnt(name, [Shot(plain(130), plain(), plain())] * WARM_UP)
    frame = with_box(with_box(plain(130), (230, 235, 240), (20, 20, 60, 80)), (20, 25, 30), (100, 20, 140, 80))
    alpha = matte(frame)
    assert alpha[50, 40] == 255
    assert alpha[50, 120] == 255
    assert alpha[50, 80] == 0


@every_scene_matte
def test_a_camera_that_shakes_by_a_pixel_does_not_draw_every_edge(name: str, view: Any, empty: list[Shot]) -> None:
    matte = learnt(name, empty)
    found = []
    for dx, dy in ((0.3, 0), (0, -0.3), (-0.25, 0.25)):
        moved = cv2.warpAffine(view, np.array([[1, 0, dx], [0, 1, dy]]), scenes.SIZE, borderMode=cv2.BORDER_REPLICATE)
        shot = next(scenes.shots(np.asarray(moved), 1, where=nobody, seed=4))
        found.append((matte(shot.frame) > 127).mean())
    assert max(found) < 0.005


# Learning


def restless(shots: Iterable[Shot], seed: int) -> Iterator[Shot]:
    """A screen on the wall that switches between two pictures."""
    rng = np.random.default_rng(seed)
    for shot in shots:
        frame = shot.frame.copy()
        screen = frame[60:160, 380:620].astype(int)
        screen = screen - 60 if rng.random() < 0.5 else screen + np.array([40, 0, 0])
        frame[60:160, 380:620] = np.clip(screen, 0, 255)
        yield Shot(frame, shot.truth, shot.alpha)


def test_a_pixel_may_have_two_states(view: Any) -> None:
    empty = list(restless(scenes.empty(view, 60), 5))
    walking = list(restless(scenes.shots(view, 16, where=lambda moment: 0.2 + 0.1 * moment), 6))
    for kind in (MOG2, KNN):
        assert evaluate(kind(warm_up=60), empty, walking).f_measure > 0.97
    assert evaluate(RunningAverage(60), empty, walking).f_measure < 0.9


@pytest.mark.parametrize("kind", [MOG2, KNN])
def test_both_states_may_change_slowly(kind: Any) -> None:
    view = scenes.view(SMALL)
    rng = np.random.default_rng(2)
    learning, frozen = kind(warm_up=60, history=100), kind(warm_up=60, learning_rate=0)
    answers = []
    for index, shot in enumerate(scenes.empty(view, 660)):
        darker = np.interp(index, [60, 600], [0, 30])
        shot.frame[15:40, 95:155] = np.clip(
            shot.frame[15:40, 95:155] - darker + (-60 if rng.random() < 0.5 else [40, 0, 0]), 0, 255
        )
        found = [(matte(shot.frame) > 127).mean() for matte in (learning, frozen)]
        if index % 20 == 0:
            answers.append(found)
    # What noise has once made foreground is not learnt any more: of MOG2 up to half of such a screen.
    learnt_too, not_learnt = np.mean(answers[-8:], axis=0)
    assert learnt_too < (0.75 if kind is MOG2 else 0.2) * not_learnt
    assert not_learnt > 0.08


@pytest.fixture(scope="module")
def standing() -> tuple[Any, list[Any]]:
    """She stands still for 120 s at 10 frames a second: where she is, and the frames."""
    shots = scenes.shots(scenes.view(SMALL), 1200, where=there, drift=0.1, shadow=0.3)
    first = next(shots)
    return first.truth == FOREGROUND, [first.frame, *(shot.frame for shot in shots)]


@every_learner
def test_who_stands_still_for_two_minutes_is_not_absorbed(name: str, standing: tuple[Any, list[Any]]) -> None:
    her, frames = standing
    view = scenes.view(SMALL)
    matte = learnt(name, scenes.empty(view, WARM_UP))
    found = [matte(frame) > 127 for frame in frames]
    at_first = found[5]
    assert (at_first & her).sum() > 0.95 * her.sum()
    assert min((now & at_first).sum() for now in found[6::50]) >= 0.95 * at_first.sum()
    # When she leaves, in the light of then, nothing of her is left: neither she nor a hole in the scene.
    for shot in scenes.empty(view, 5, seed=3):
        assert (matte(np.clip(shot.frame * 1.1, 0, 255).astype(np.uint8)) > 127).mean() < 0.005


def test_opencv_alone_would_absorb_her(standing: tuple[Any, list[Any]]) -> None:
    her, frames = standing
    opencv = cv2.createBackgroundSubtractorMOG2(detectShadows=False)
    for shot in scenes.empty(scenes.view(SMALL), WARM_UP):
        opencv.apply(shot.frame)
    found = [opencv.apply(frame) == 255 for frame in frames]
    assert (found[5] & her).sum() > 0.8 * her.sum()
    assert (found[-1] & her).sum() < 0.3 * her.sum()


@every_learner
def test_slow_changes_of_the_scene_are_learnt(name: str) -> None:
    matte = learnt(name, [Shot(plain(120), plain(), plain())] * WARM_UP)
    frozen = copy.deepcopy(matte) if name == "RunningAverage" else SCENE_MATTES[name]()
    if name != "RunningAverage":
        for _ in range(WARM_UP):
            frozen(plain(120))
    frozen.learning_rate = 0
    matte.learning_rate = 0.02
    for level in np.linspace(0, 60, 600):
        frame = with_box(plain(120), (120, 120 + level, 120), (20, 20, 80, 70))
        moving, standing = matte(frame), frozen(frame)
    assert not moving.any()
    assert standing[45, 50] == 255


@every_learner
def test_who_was_there_while_it_warmed_up_leaves_no_hole(name: str, view: Any) -> None:
    there_at_first = list(scenes.shots(view, 12, where=lambda _: 0.35))
    matte = SCENE_MATTES[name]()
    for index in range(WARM_UP):
        matte(there_at_first[index % 12].frame)
    gone = list(scenes.empty(view, 8))
    found = [(matte(gone[index % 8].frame) > 127).mean() for index in range(140)]
    assert found[2] > 0.1
    assert found[-1] < 0.002


def test_somebody_may_walk_through_while_it_warms_up(view: Any, sequences: dict[str, list[Shot]]) -> None:
    def where(moment: float) -> float | None:
        return moment / 0.2 if moment < 0.2 else None

    passing = list(scenes.shots(view, 100, where=where))
    for kind in (RunningAverage, MOG2, KNN):
        assert evaluate(kind(warm_up=100), passing, sequences["clean"]).f_measure > 0.9


@every_learner
def test_nothing_is_shown_while_it_warms_up(name: str, sequences: dict[str, list[Shot]]) -> None:
    matte = SCENE_MATTES[name]()
    told = []
    for index in range(WARM_UP):
        assert not matte(sequences["clean"][index % 24].frame).any()
        told.append(matte.status)
    assert told[:2] == ["Taking background, hold still: 29", "Taking background, hold still: 28"]
    assert told[-2:] == ["Taking background, hold still: 1", None]


def test_the_average_is_finer_than_a_grey_level(view: Any) -> None:
    matte = RunningAverage(60, median=1)
    for shot in scenes.empty(view, 60, noise=8):
        matte(shot.frame)
    inside = (view > 0.15) & (view < 0.85)
    error = np.abs(matte.scene / 255 - view)[inside].mean() * 255
    assert error < 1.2  # 8 / sqrt(60) * 0.8 = 0.8, and 0.25 for rounding.


def test_only_a_region_of_wall_need_be_clear() -> None:
    wall = scenes.wall()
    walking = list(scenes.shots(wall, 16, where=lambda moment: 0.55 - 0.25 * moment))
    standing = list(scenes.shots(wall, WARM_UP, where=lambda _: 0.55))
    assert evaluate(RunningAverage(WARM_UP, roi=(0, 0, 120, 360)), standing, walking).f_measure > 0.98
    assert evaluate(RunningAverage(WARM_UP), standing, walking).f_measure < 0.9


def test_a_wall_is_followed_though_its_light_falls_off() -> None:
    wall = np.linspace(220, 120, 320, dtype=np.float32)[None, :, None].repeat(180, 0).repeat(3, 2)
    picture = wall.copy()
    picture[60:, 120:200] = (30, 60, 190)
    assert np.abs(continued_wall(picture, (0, 0, 60, 180)) - wall).max() < 12


def test_a_region_outside_the_frame_is_refused() -> None:
    matte = RunningAverage(1, roi=(0, 0, 300, 40))
    with pytest.raises(ArgumentError, match=r"roi \(0, 0, 300, 40\) reaches beyond the frame, which is 160x90"):
        matte(plain())


@every_learner
def test_r_starts_over(name: str) -> None:
    matte = learnt(name, [Shot(plain(90), plain(), plain())] * WARM_UP)
    frame = with_box(plain(90))
    assert matte(frame).any()
    assert matte.on_key("r")
    assert not matte.on_key("x")
    assert not matte(frame).any()
    assert matte.status is not None


# The reference


def test_the_reference_may_be_a_file_or_an_array(tmp_path: Path) -> None:
    room = plain(90, (320, 180))
    path = tmp_path / "room.png"
    cv2.imwrite(str(path), room)
    for reference in (path, str(path), room, np.float32(room) / 255, room[..., 0]):
        alpha = ReferenceFrame(reference)(with_box(plain(90)))
        assert alpha[60, 80] == 255
        assert alpha[10, 10] == 0


def test_without_a_reference_the_first_frame_is_it() -> None:
    matte = ReferenceFrame()
    assert not matte(plain(90)).any()
    assert matte(with_box(plain(90)))[60, 80] == 255
    assert matte.status is None


def test_r_takes_the_scene_anew() -> None:
    matte = ReferenceFrame(plain(90))
    moved = with_box(plain(90))
    assert matte(moved).any()
    assert matte.on_key("R")
    assert not matte.on_key("a")
    assert not matte(moved).any()
    assert not matte(moved).any()
    assert matte(plain(90))[60, 80] == 255


def test_a_new_stream_has_the_given_reference_again() -> None:
    matte = ReferenceFrame(plain(90))
    matte.on_key("r")
    matte(with_box(plain(90)))
    matte.open(None)
    assert matte(with_box(plain(90)))[60, 80] == 255


def test_a_reference_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"reference picture not found: nowhere\.png"):
        ReferenceFrame("nowhere.png")
    (tmp_path / "notes.png").write_text("no picture")
    with pytest.raises(MediaError, match="no picture"):
        ReferenceFrame(tmp_path / "notes.png")
    with pytest.raises(ArgumentTypeError, match="reference must be a path or a numpy array, got int"):
        ReferenceFrame(7)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="the reference picture is 400x300, of other proportions"):
        ReferenceFrame(plain(90, (400, 300)))(plain())


# Mattes that know no scene


@pytest.mark.parametrize("kind", [OtsuThreshold, ContourFill])
@pytest.mark.parametrize("bgr", [(222, 226, 230), (170, 172, 176)], ids=["bright", "grey"])
def test_she_is_cut_out_before_a_plain_wall(kind: Any, bgr: Any) -> None:
    shots = scenes.shots(scenes.wall(bgr=bgr), 12)
    assert evaluate(kind(), [], shots).f_measure >= 0.93  # The issue asks for 0.85.


@pytest.mark.parametrize(
    "kind", [OtsuThreshold, lambda: OtsuThreshold("dark"), lambda: OtsuThreshold("both"), ContourFill]
)
@pytest.mark.parametrize("vignette", [0.1, 0.3])
def test_an_empty_wall_gives_an_empty_matte(kind: Any, vignette: float) -> None:
    matte = kind()
    for level in (40, 128, 225):
        wall = np.full((360, 640, 3), level / 255, np.float32) * scenes._vignette(scenes.SIZE, vignette)
        for shot in scenes.empty(wall, 3, noise=4):
            assert not matte(shot.frame).any()


def test_otsu_says_which_side_is_in_front() -> None:
    frame = with_box(with_box(plain(120), (230, 230, 230), (20, 20, 60, 80)), (20, 20, 20), (100, 20, 140, 80))
    found = {side: OtsuThreshold(side)(frame)[50, [40, 80, 120]].tolist() for side in ("dark", "bright", "both")}
    assert found == {"dark": [0, 0, 255], "bright": [255, 0, 0], "both": [255, 0, 255]}


def test_otsu_finds_the_side_by_itself() -> None:
    for wall, thing in ((220, (50, 50, 50)), (30, (200, 200, 200))):
        alpha = OtsuThreshold()(with_box(plain(wall), thing))
        assert alpha[60, 80] == 255
        assert alpha[10, 10] == 0


def test_otsu_drops_what_differs_too_little() -> None:
    frame = with_box(plain(200), (184, 184, 184), (70, 40, 90, 60))
    assert not OtsuThreshold().__call__(frame).any()
    assert OtsuThreshold(minimum_contrast=8)(frame)[50, 80] == 255


@pytest.mark.parametrize("kind", [OtsuThreshold, ContourFill])
def test_a_hole_that_shows_the_wall_is_kept_out(kind: Any) -> None:
    frame = plain(215, (640, 360))
    cv2.circle(frame, (320, 180), 120, (60, 90, 150), -1)
    cv2.circle(frame, (320, 180), 60, (215, 215, 215), -1)
    noisy = np.clip(frame + np.random.default_rng(0).normal(0, 3, frame.shape), 0, 255).astype(np.uint8)
    alpha = kind()(noisy)
    assert alpha[180, 320] == 0
    assert alpha[180, 230] == 255


def test_a_contour_is_closed_along_the_border() -> None:
    frame = plain(215, (640, 360))
    # Cut off below and on the right, with a light patch within that reaches the border.
    frame[120:, 200:420] = (60, 90, 150)
    frame[300:, 260:360] = (200, 120, 90)
    frame[40:200, 560:] = (60, 90, 150)
    alpha = ContourFill()(frame)
    assert (alpha[130:, 210:410] > 127).all()
    # The larger one only.
    assert (alpha[60:180, 580:] == 0).all()


def test_a_contour_is_filled_whatever_is_within() -> None:
    frame = with_box(plain(215, (640, 360)), (60, 90, 150), (200, 60, 440, 320))
    frame[120:260, 260:380] = (120, 30, 60)
    assert (ContourFill()(frame)[80:300, 220:420] > 127).all()


def test_a_shape_that_is_too_small_is_nothing() -> None:
    frame = with_box(plain(215, (640, 360)), (60, 90, 150), (300, 160, 340, 200))
    assert not ContourFill().__call__(frame).any()
    assert ContourFill(minimum_size=0.001)(frame)[180, 320] == 255


# The screen


@pytest.fixture(scope="module")
def before_green() -> list[Shot]:
    """Soft edges, motion blur and spill before a green that is uneven and noisy."""
    return list(scenes.shots(scenes.green_screen(), 30, motion_blur=True, spill=0.12))[::2]


@pytest.mark.parametrize("color", [(0, 255, 0), (64, 177, 0), (60, 180, 50)])
def test_the_green_screen_goes(color: Any, before_green: list[Shot]) -> None:
    score = evaluate(ChromaKey(color), [], before_green)
    assert score.f_measure >= 0.99  # The issue asks for 0.97,
    assert score.alpha_error < 0.015  # and 0.03.


def test_motion_blur_keeps_partial_alpha(before_green: list[Shot]) -> None:
    matte = ChromaKey()
    truth, answers = [], []
    for shot in before_green:
        partial = (shot.alpha > 0.1) & (shot.alpha < 0.9)
        truth.append(shot.alpha[partial])
        answers.append(matte(shot.frame)[partial] / 255)
    true, found = np.concatenate(truth), np.concatenate(answers)
    assert true.size > 50_000
    # Orange is the opposite of green: mixed with it, it looks more solid than it is.
    assert np.abs(found - true).mean() < 0.2
    assert np.corrcoef(found, true)[0, 1] > 0.8
    assert ((found > 0.1) & (found < 0.9)).mean() > 0.5


def test_spill_is_neutralised() -> None:
    screen = scenes.green_screen()
    matte, kept = ChromaKey(), ChromaKey(spill=0)
    (clean,), (spilt,) = (list(scenes.shots(screen, 1, where=there, noise=1, spill=s)) for s in (0.0, 0.15))
    alpha = matte(spilt.frame)
    kept(spilt.frame)
    inside = spilt.alpha > 0.99

    def greenness(frame: Any) -> float:
        blue, green, red = (frame[..., c][inside].astype(float) for c in range(3))
        return float(np.maximum(green - np.maximum(blue, red), 0).mean())

    cleaned = matte.clean_foreground(spilt.frame.copy(), alpha)
    assert greenness(spilt.frame) > greenness(clean.frame) + 3
    assert greenness(cleaned) < greenness(clean.frame) + 1
    assert np.array_equal(kept.clean_foreground(spilt.frame.copy(), alpha), spilt.frame)


def test_the_screen_is_taken_out_of_mixed_pixels() -> None:
    """Over another background the blurred edge looks as if she had been filmed before it."""
    before_green, before_grey = (
        list(scenes.shots(backdrop, 16, motion_blur=True, noise=1))
        for backdrop in (scenes.green_screen(), np.full((360, 640, 3), 60 / 255, np.float32))
    )
    matte = ChromaKey()
    raw, cleaned = [], []
    for green, grey in zip(before_green[3:9], before_grey[3:9], strict=True):
        alpha = matte(green.frame)
        partial = (green.alpha > 0.2) & (green.alpha < 0.8)
        assert partial.sum() > 1000
        share = alpha[..., None] / 255
        for errors, frame in ((raw, green.frame), (cleaned, matte.clean_foreground(green.frame.copy(), alpha))):
            errors.append(np.abs(frame * share + 60 * (1 - share) - grey.frame)[partial].mean())
    assert np.mean(cleaned) < 0.72 * np.mean(raw)


def test_other_colours_can_be_keyed() -> None:
    for color in ((200, 90, 30), (0, 220, 230), (30, 30, 200)):
        frame = with_box(np.full((90, 160, 3), color, np.uint8), (128, 128, 128))
        alpha = ChromaKey(color)(frame)
        assert alpha[60, 85] == 255
        assert alpha[10, 10] == 0


def test_specks_and_holes_in_the_screens_matte_go_and_gaps_in_hair_stay() -> None:
    frame = np.full((360, 640, 3), (60, 180, 50), np.uint8)
    frame[60:, 160:480] = (120, 140, 200)
    frame[20:24, 20:24] = (120, 140, 200)
    frame[200:206, 300:306] = (60, 180, 50)
    frame[66:72, 200:206] = (60, 180, 50)
    alpha = ChromaKey()(frame)
    assert alpha[22, 22] == 0
    assert alpha[203, 303] == 255
    assert alpha[69, 203] < 60


def test_a_frame_without_any_screen_is_all_in_front() -> None:
    assert (ChromaKey()(plain(128)) == 255).all()


def test_a_replacement_uses_true_alpha_as_it_is(before_green: list[Shot]) -> None:
    shot = before_green[6]
    matte = ChromaKey()
    replacement = BackgroundReplacement(matte, Color((60, 60, 60)))
    alpha = replacement.alpha(shot.frame)
    assert np.array_equal(alpha, ChromaKey()(shot.frame))
    result = replacement(shot.frame.copy()).astype(int)
    rim = (shot.alpha > 0.2) & (shot.alpha < 0.8)
    assert (result[..., 1] - result[..., [0, 2]].max(axis=2))[rim].mean() < 8


# What all of them do alike


@every_matte
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 400), (101, 57), (1920, 1080)])
def test_any_size_and_content_is_answered(name: str, size: tuple[int, int]) -> None:
    matte = ALL[name]()
    if hasattr(matte, "warm_up"):
        matte.warm_up = 2
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    for frame in (noise, plain(0, size), plain(255, size), noise[::-1].copy(), plain(128, size), noise):
        before = frame.copy()
        alpha = matte(frame)
        assert alpha.shape == (size[1], size[0])
        assert alpha.dtype == np.uint8
        assert np.array_equal(frame, before)


@every_matte
def test_another_size_begins_anew(name: str) -> None:
    matte = ALL[name]()
    if hasattr(matte, "warm_up"):
        matte.warm_up = 2
    for size in (SMALL, (200, 120), SMALL):
        for _ in range(3):
            matte(plain(200, size))
        alpha = matte(with_box(plain(200, size)))
        assert alpha.shape == (size[1], size[0])
        assert alpha[60, 80] == 255
        assert alpha[10, 10] == (255 if name == "ChromaKey" else 0)


@every_matte
def test_it_can_be_copied_and_pickled(name: str) -> None:
    matte = ALL[name]()
    if hasattr(matte, "warm_up"):
        matte.warm_up = 3
    for _ in range(4):
        matte(plain())
    for twin in (copy.deepcopy(matte), pickle.loads(pickle.dumps(matte))):
        for _ in range(4):
            twin(plain())
        assert twin(with_box(plain()))[60, 80] == 255
    assert matte(with_box(plain()))[60, 80] == 255


@pytest.mark.parametrize("name", [name for name in ALL if name != "ChromaKey"])
def test_frames_in_yuv_give_the_same_matte(name: str, sequences: dict[str, list[Shot]]) -> None:
    from framechain.colour import yuv_from_bgr

    colour = Colour(matrix=1)
    by_bgr, by_planes = ALL[name](), ALL[name]()
    frames = [sequences["clean"][0].frame, sequences["clean"][12].frame]
    if hasattr(by_bgr, "warm_up"):
        by_bgr.warm_up = by_planes.warm_up = 1
    for frame in frames:
        whole = by_bgr(frame)
        small = by_planes.alpha_of_planes(yuv_from_bgr(frame, colour), colour)
    small = cv2.resize(small, whole.shape[::-1])
    assert whole.any()
    assert ((whole > 127) ^ (small > 127)).mean() < 0.01


@every_matte
def test_edges_are_soft(name: str) -> None:
    matte = ALL[name]()
    if hasattr(matte, "warm_up"):
        matte.warm_up = 1
    screen = np.full((360, 640, 3), (60, 200, 60), np.uint8) if name == "ChromaKey" else plain(215, (640, 360))
    matte(screen)
    frame = cv2.GaussianBlur(with_box(screen, (60, 60, 90), (200, 100, 440, 360)), (5, 5), 0)
    edge = matte(frame)[200, 190:212].astype(int)
    assert (np.diff(edge) >= 0).all()
    assert 2 <= ((edge > 10) & (edge < 245)).sum() <= 9


def test_clean_up_is_relative_to_the_size() -> None:
    for scale in (1, 3):
        mask = np.zeros((120 * scale, 200 * scale), np.uint8)
        mask[20 * scale : 110 * scale, 40 * scale : 160 * scale] = 255
        mask[60 * scale : 67 * scale, 60 * scale : 67 * scale] = 0  # 0.2 % of the area: closed
        mask[60 * scale : 80 * scale, 100 * scale : 120 * scale] = 0  # 1.7 %: a hole
        mask[5 * scale : 10 * scale, 5 * scale : 10 * scale] = 255  # 0.1 %: a speck
        clean = CleanUp()(mask)
        points = [(63, 63), (70, 110), (7, 7), (100, 50)]
        assert [int(clean[y * scale, x * scale]) for y, x in points] == [255, 0, 0, 255]


def test_the_exposure_is_found_under_a_person_who_hides_most_of_it(view: Any) -> None:
    scene = (view * 255).astype(np.uint8)
    shot = next(scenes.shots(view, 1, where=there, scale=1.6))
    assert (shot.truth == FOREGROUND).mean() > 0.5
    factors = np.array([0.5, 0.53, 0.56])
    frame = np.clip(shot.frame * factors, 0, 255).astype(np.uint8)
    exposure = Exposure()
    exposure.fit(scene, frame, np.zeros(scene.shape[:2], np.uint8))
    expected = scene * factors
    assert np.abs(exposure.of_now(scene) - expected).mean() < 2
    back = exposure.of_scene(frame, scene).astype(int)
    assert np.abs(back - scene)[shot.truth == 0].mean() < 5


def test_what_is_clipped_by_the_light_is_not_in_front() -> None:
    room = plain(100, (320, 180))
    room[:, 160:] = 230
    matte = ReferenceFrame(room)
    brighter = np.clip(room * 1.4, 0, 255).astype(np.uint8)
    assert brighter.max() == 255
    assert not matte(brighter).any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ReferenceFrame(threshold=0), "threshold must be a number from 1 to 255, got 0"),
        (lambda: ReferenceFrame(shadow_threshold=1.5), "shadow_threshold must be a number from 0 to 1"),
        (lambda: ReferenceFrame(working_size=4), "working_size must be a whole number of at least 16"),
        (lambda: ReferenceFrame(speck_size=2), "speck_size must be a number from 0 to 1"),
        (lambda: ReferenceFrame(hole_size="a"), "hole_size must be a number from 0 to 1, got 'a'"),
        (lambda: RunningAverage(0), "warm_up must be a whole number of at least 1, got 0"),
        (lambda: RunningAverage(median=4), "median must be an odd number of at least 1, got 4"),
        (lambda: RunningAverage(learning_rate=-1), "learning_rate must be a number from 0 to 1, got -1"),
        (lambda: RunningAverage(roi=(10, 0, 5, 20)), "roi must be .left, top, right, bottom."),
        (lambda: RunningAverage(roi=(1, 2, 3)), "roi must be"),
        (lambda: MOG2(history=0), "history must be a whole number of at least 1, got 0"),
        (lambda: MOG2(var_threshold=0), "var_threshold must be a number from 0.1"),
        (lambda: MOG2(learning_rate=2), "learning_rate must be a number from -1 to 1, got 2"),
        (lambda: KNN(dist2_threshold=True), "dist2_threshold must be a number"),
        (lambda: OtsuThreshold("left"), "foreground must be one of dark, bright, both, auto, got 'left'"),
        (lambda: OtsuThreshold(minimum_contrast=0), "minimum_contrast must be a number from 1 to 255"),
        (lambda: OtsuThreshold(median=2), "median must be an odd number"),
        (lambda: ContourFill(60, 50), "low_threshold 60 must not be above high_threshold 50"),
        (lambda: ContourFill(minimum_size=-1), "minimum_size must be a number from 0 to 1"),
        (lambda: ChromaKey((0, 300, 0)), "color must be .blue, green, red. with numbers from 0 to 255"),
        (lambda: ChromaKey((90, 90, 90)), "color must not be a grey"),
        (lambda: ChromaKey("green"), "color must be"),  # type: ignore[arg-type]
        (lambda: ChromaKey(tolerance=-0.1), "tolerance must be a number from 0 to 1, got -0.1"),
        (lambda: ChromaKey(angle=180), "angle must be a number from 1 to 179, got 180"),
    ],
)
def test_wrong_numbers_are_refused_by_name(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()


def test_each_matte_says_how_its_answer_is_shaped() -> None:
    assert MediaPipeMatte.edge == (0.5, 0.2)
    assert ChromaKey().edge is None
    for kind in (ReferenceFrame, RunningAverage, MOG2, KNN, OtsuThreshold, ContourFill):
        threshold, softness = kind().edge
        assert threshold - softness > 0
        assert threshold + softness < 1


# A real camera


@pytest.mark.shared
def test_people_who_come_and_go_before_a_real_camera(shared: Path) -> None:
    capture = cv2.VideoCapture(str(shared / "clips" / "intel_one_by_one_768x432_10fps.mp4"))
    mattes = {name: make() for name, make in SCENE_MATTES.items()}
    found: dict[str, dict[int, float]] = {name: {} for name in mattes}
    for index in range(1390):
        frame = capture.read()[1]
        # Nobody comes before the warm-up is over; after it, a tenth of the frames will do.
        if index <= WARM_UP or index % 10 == 0:
            for name, matte in mattes.items():
                found[name][index] = (matte(frame) > 127).mean()
    capture.release()
    empty = [470, 480, 490, 720, 730, 890, 900, 910, 1220]
    occupied = [*range(250, 430, 10), *range(540, 680, 10), *range(960, 1160, 10), *range(1260, 1330, 10)]
    for shares in found.values():
        assert max(shares[index] for index in empty) < 0.004
        assert min(shares[index] for index in occupied) > 0.06
        assert max(shares[index] for index in occupied) < 0.2
