"""The measure of what an observer sees of the room, on cases whose answer is known."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.benches import import_benchmarks

HEIGHT, WIDTH = 40, 60
Bytes = NDArray[np.uint8]


@pytest.fixture
def leak(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    with import_benchmarks(monkeypatch) as load:
        yield load("leak")


def _make_room() -> Bytes:
    return np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


def _make_clip(frames: int = 4) -> list[tuple[Bytes, Bytes]]:
    """A bar of 10 columns that moves by 10 columns in each frame, before a room that does not."""
    clip = []
    for index in range(frames):
        frame, alpha = _make_room(), np.zeros((HEIGHT, WIDTH), np.uint8)
        alpha[:, 10 * index : 10 * index + 10] = 255
        frame[alpha > 0] = (10, 200, 90)
        clip.append((frame, alpha))
    return clip


def _show(leak: ModuleType, frame: Bytes, alpha: Bytes) -> tuple[Bytes, Bytes]:
    share = alpha[..., None] / 255
    return np.rint(share * frame + (1 - share) * leak.make_opposite(frame)).astype(np.uint8), alpha


def _score(leak: ModuleType, clip: list[tuple[Bytes, Bytes]], alphas: list[Bytes]):  # type: ignore[no-untyped-def]
    score = leak.LeakScore(leak.find_room(clip))
    for (frame, truth), alpha in zip(clip, alphas, strict=True):
        score.add(_show(leak, frame, alpha), frame, truth)
    return score


def test_make_opposite_each_frame_differs_by_128_in_each_channel(leak: ModuleType) -> None:
    every = np.arange(256, dtype=np.uint8).reshape(1, 256, 1).repeat(3, axis=2)
    assert (cv2.absdiff(every, leak.make_opposite(every)) == 128).all()


def test_find_room_person_moves_away_is_what_was_behind(leak: ModuleType) -> None:
    room = leak.find_room(_make_clip())
    assert room.known.all()
    assert np.array_equal(room.truth, _make_room())


def test_find_room_always_hidden_part_is_not_known(leak: ModuleType) -> None:
    room = leak.find_room(_make_clip(frames=1))
    assert not room.known[:, :10].any()
    assert room.known[:, 10:].all()


def test_leak_score_true_alpha_shows_nothing(leak: ModuleType) -> None:
    clip = _make_clip()
    score = _score(leak, clip, [alpha for _, alpha in clip])
    assert (max(score.shown), score.recovered, score.recovered_half) == (0, 0, 0)
    assert score.overlaps == [1.0] * 4
    assert (score.picture == 48).all()


def test_leak_score_rim_of_one_column_adds_up_over_the_frames(leak: ModuleType) -> None:
    clip = _make_clip()
    alphas = [np.where(np.roll(alpha, 1, axis=1) > 0, 255, alpha).astype(np.uint8) for _, alpha in clip]
    score = _score(leak, clip, alphas)
    # One column of the 50 that are background in each frame, another one in each of the 4 frames.
    assert score.shown == [20.0] * 4
    assert score.recovered == pytest.approx(100 * 4 / WIDTH)
    assert score.overlaps == [pytest.approx(10 / 11)] * 4
    columns = [10, 20, 30, 40]
    assert np.array_equal(score.picture[:, columns], _make_room()[:, columns])
    assert (np.delete(score.picture, columns, axis=1) == 48).all()


def test_leak_score_same_rim_twice_counts_once(leak: ModuleType) -> None:
    frame, truth = _make_clip(frames=1)[0]
    alpha = truth.copy()
    alpha[:, 10:12] = 255
    score = _score(leak, [(frame, truth)] * 3, [alpha] * 3)
    assert score.recovered == pytest.approx(100 * 2 / 50)
    assert score.shown == [pytest.approx(40.0)] * 3


@pytest.mark.parametrize(("alpha", "is_like", "is_half"), [(240, True, True), (230, False, True), (120, False, False)])
def test_leak_score_partial_alpha_counts_by_what_is_visible(
    leak: ModuleType, alpha: int, is_like: bool, is_half: bool
) -> None:
    frame, truth = _make_clip(frames=1)[0]
    found = np.where(truth > 0, truth, alpha).astype(np.uint8)
    score = _score(leak, [(frame, truth)], [found])
    assert (score.recovered, score.recovered_half) == (100 * is_like, 100 * is_half)


def test_leak_score_person_of_the_rooms_colour_is_no_leak(leak: ModuleType) -> None:
    clip = _make_clip()
    hidden = [(_make_room(), alpha) for _, alpha in clip]  # The person looks like what is behind.
    score = _score(leak, hidden, [alpha for _, alpha in clip])
    assert score.recovered == 0


def test_print_table_each_setting_has_rows_and_pictures(
    leak: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import framechain

    def find_bar(frame: Bytes) -> Bytes:
        return np.where((frame == (10, 200, 90)).all(axis=2), 255, 0).astype(np.uint8)

    def find_all(frame: Bytes) -> Bytes:
        return np.full(frame.shape[:2], 255, np.uint8)

    def make(matte):  # type: ignore[no-untyped-def]
        return lambda: leak.Output(framechain.BackgroundReplacement(matte, leak.make_opposite))

    monkeypatch.setattr(leak, "SETTINGS", {"exact": make(find_bar), "nothing hidden": make(find_all)})
    leak.print_table([("bar", lambda: iter(_make_clip()))], leak.SETTINGS, tmp_path / "out")
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines()[1:]]
    figures = {(row[0].strip(), row[1].strip()): [float(part) for part in row[2:]] for row in rows}
    assert figures["exact", "bar"] == [0, 0, 0, 0, 1]
    assert figures["nothing hidden", "mean"] == [1000, 1000, 100, 100, pytest.approx(1 / 6, abs=1e-4)]
    whole = cv2.imread(str(tmp_path / "out" / "bar_nothing_hidden.png"))
    assert whole is not None
    assert np.array_equal(whole, _make_room())
    assert (cv2.imread(str(tmp_path / "out" / "bar_exact.png")) == 48).all()


def test_find_keyed_clips_folder_without_clips_is_refused(leak: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="it must hold"):
        leak.find_keyed_clips(tmp_path)


@pytest.mark.slow
def test_leak_sample_clips_tutorial_shows_more_of_the_room_than_balanced(
    leak: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    name, frames = leak.list_sample_clips()[0]
    leak.print_table([(name, lambda: itertools.islice(frames(), 12))], ["tutorial", "balanced"], None)
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines()[1:]]
    recovered = {row[0].strip(): float(row[4]) for row in rows if row[1].strip() == "mean"}
    assert 0 < recovered["balanced"] < recovered["tutorial"]


@pytest.mark.shared
@pytest.mark.slow
def test_leak_keyed_clips_strict_shows_a_fifth_of_the_room_at_most_and_keeps_the_person(
    leak: ModuleType, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leak.print_table(leak.find_keyed_clips(shared / "masks" / "video"), ["balanced", "balanced, strict"], None)
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines()[1:]]
    figures = {(row[0].strip(), row[1].strip()): [float(part) for part in row[2:]] for row in rows}
    for clip in ("d0_porch", "rant_shibuya", "mean"):
        (*_, usual, _, _), (*_, strict, _, overlap) = figures["balanced", clip], figures["balanced, strict", clip]
        assert 0 < strict <= usual / 5
        assert overlap > 0.94
