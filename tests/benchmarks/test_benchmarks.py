"""The benchmarks run and measure what they say; how fast anything is, is not asserted."""

from __future__ import annotations

import logging
import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.benches import FOLDER, import_benchmarks, run
from support.patience import PATIENCE, eventually

from framechain.sources.video import VideoSource

pytestmark = pytest.mark.slow

TINY = ["--rounds", "2", "--frames", "4"]


def rows(table: str, start: str) -> list[list[str]]:
    """The words of the lines that begin with something."""
    return [line.replace("|", " ").split() for line in table.splitlines() if line.lstrip().startswith(start)]


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports a benchmark as the others do, from its folder."""
    with import_benchmarks(monkeypatch) as load:
        yield load


HELP = """
import runpy, sys
for script in sys.argv[1:]:
    sys.argv = [script, "--help"]
    print("of", script)
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        print("code", end.code)
"""


def test_benchmarks_help_option_ends_with_code_0() -> None:
    scripts = ("speed.py", "transcode.py", "presets.py", "overheads.py", "mattes.py", "runtimes.py", "threads.py")
    command = [sys.executable, "-c", HELP, *(str(FOLDER / script) for script in scripts)]
    environment = {**os.environ, "PYTHONPATH": str(FOLDER)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = done.stdout.split("of " + str(FOLDER))[1:]
    assert len(found) == len(scripts)
    assert all("--frames" in one and one.endswith("code 0\n") for one in found), done.stdout


def test_quality_folder_of_masks_counts_the_images(tmp_path: Path) -> None:
    image = cv2.imread(str(FOLDER.parent / "samples" / "portrait.jpg"))
    mask = np.zeros(image.shape[:2], np.uint8)
    mask[60:, 60:330] = 1  # Masks may be 0 and 1.
    for folder, name, pixels in (
        ("images", "a.png", image),
        ("masks", "a_matte.png", mask),
        ("masks", "ab.png", mask * 0),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        assert cv2.imwrite(str(tmp_path / folder / name), pixels)
    found = run("quality.py", "--masks", str(tmp_path), "--only", "tutorial", "fast, landscape")
    assert "1 images" in found
    for folder in ("portraits", "nothing"):
        (tmp_path / "all" / folder).mkdir(parents=True)
    for folder in ("images", "masks"):
        (tmp_path / folder).rename(tmp_path / "all" / "portraits" / folder)
    table = run("quality.py", "--leaderboard", str(tmp_path / "all"), "--only", "fast, landscape", "PP-HumanSeg")
    assert "portraits: 1 images" in table
    assert rows(table, "fast") == rows(found, "fast")
    ((*_, error, mad, mse, gradient, failed),) = rows(table, "PP-HumanSeg")
    # The mask is as large as alpha, and smaller than 512 pixels: MAD is the error.
    assert float(mad) == pytest.approx(1000 * float(error), abs=0.06)
    assert 0 < float(mse) <= float(mad)
    assert (float(gradient) > 0, failed) == (True, "0")
    assert [row[-1] for row in rows(found, "tutorial") + rows(found, "fast")] == ["0", "0"]


def test_scores_known_masks_give_known_scores(modules: Any) -> None:
    scores = modules("scores")
    one, other = np.zeros((200, 200), np.uint8), np.zeros((200, 200), np.uint8)
    one[50:150, 50:150], other[50:150, 60:160] = 255, 255
    score = scores.VideoScore()
    for alpha, truth in ((one, one), (one, other), (one, other)):
        score.add(alpha, truth)
    assert score.images.overlaps == [1.0, 9 / 11, 9 / 11]
    assert score.images.boundaries[0] == 1.0
    assert score.images.boundaries[1] < 0.7
    assert score.flickers == [2000 / 40000, 0.0]
    assert score.ghosts[1] == 1.0  # What was left is still foreground.
    assert score.count_recovery_frames(1) == 0


def test_steadiness_blinking_counts_where_the_image_is_still(modules: Any) -> None:
    scores = modules("scores")
    still, alpha = np.full((90, 160, 3), 99, np.uint8), np.zeros((90, 160), np.uint8)
    patch, moved = alpha.copy(), still.copy()
    patch[:45], moved[:60] = 255, 200
    score = scores.Steadiness()
    for frame, found in ((still, alpha), (still, alpha), (still, patch), (moved, alpha)):
        score.add(frame, found)
    assert score.changes == pytest.approx([0, 500, 0])


def test_quality_steady_clip_prints_how_much_blinks(clip: Path) -> None:
    (row,) = rows(run("quality.py", "--steady", str(clip), "--only", "fast, landscape"), "fast")
    mean, most, worst = (float(word) for word in row[-3:])
    assert 0 < mean <= most <= worst < 100


def test_speed_colour_is_compared_with_both_recipes() -> None:
    table = run("speed.py", *TINY, "--size", "720", "--only", "colour")
    found = [row for quality in ("balanced", "fast") for row in rows(table, f"{quality} ")]
    assert [tuple(row[:5]) for row in found] == [
        (quality, "colour", "1280x720", "4", name)
        for quality in ("balanced", "fast")
        for name in ("tutorial", "prepared")
    ]
    assert all(float(row[7]) > 0 for row in found)


def test_make_clip_noisy_frames_differ_where_clean_ones_are_equal(tmp_path: Path, modules: Any) -> None:
    clips, stds = modules("clips"), {}
    for noisy in (False, True):
        clips.make_clip(tmp_path / "clip.mp4", 640, 360, 12, noisy=noisy)
        luma = np.stack([frame.read_bgr()[:40, :40, 1] for frame in clips.read_frames(str(tmp_path / "clip.mp4"), 12)])
        # Of two frames with independent noise, the difference has sqrt(2) times its standard deviation.
        stds[noisy] = float(np.diff(luma[4:].astype(float), axis=0).std() / 2**0.5)
    assert stds[False] < 0.5
    assert 1.5 < stds[True] < 4


def test_speed_decompose_stages_add_up(clip: Path) -> None:
    found = [float(word) for word in rows(run("speed.py", *TINY, "--clip", str(clip), "--decompose"), "640x360")[0][1:]]
    stages, (total, _, floor, wall, ratio) = found[:8], found[8:]
    # Hundredths of a millisecond: the shortest may take less on a fast machine.
    assert min(stages) >= 0 < sorted(stages)[2]
    assert total == pytest.approx(sum(stages), abs=0.1)
    assert floor == pytest.approx((stages[0] + stages[2] + stages[7]) / cv2.getNumberOfCPUs(), abs=0.02)
    assert ratio == pytest.approx(wall / floor, rel=0.05)


def test_phone_clip_framechain_keeps_all_frames_upright_and_in_time() -> None:
    (row,) = rows(run("phone_clip.py"), "framechain  360")
    assert row == ["framechain", "360x640", "upright", "120", "of", "120", "0", "0", "ms", "copied"]


def test_transcode_framechain_loses_no_frame_and_no_audio() -> None:
    table = run("transcode.py", *TINY, "--size", "720", "--preset", "realtime")
    assert rows(table, "framechain")[0][-2:] == ["4", "copied"]
    assert rows(table, "cv2 loop")[0][-2:] == ["4", "lost"]
    if shutil.which("ffmpeg"):
        assert rows(table, "ffmpeg  ")[0][-2:] == ["4", "copied"]


def test_presets_two_presets_print_size_and_similarity(clip: Path) -> None:
    table = run("presets.py", *TINY, "--clip", str(clip))
    found = {
        row[0]: [float(word) for word in row[1:]] for start in ("realtime", "medium") for row in rows(table, start)
    }
    assert found["medium"][2] < found["realtime"][2]
    assert all(0.9 < row[4] < 1 and row[5] > 30 for row in found.values())


def test_threads_every_rule_is_measured_for_every_kind_of_chain(clip: Path) -> None:
    table = run("threads.py", *TINY, "--clip", str(clip))
    found = rows(table, "ours") + rows(table, "user's")
    assert len(found) == 6
    assert all(row[-5] == "(1.00)" and float(row[-2]) > 0 for row in found)


def test_runtimes_litert_and_mediapipe_are_measured() -> None:
    pytest.importorskip("ai_edge_litert")
    table = run("runtimes.py", "--rounds", "1", "--frames", "4")
    assert [rows(table, name)[0][-1] for name in ("landscape", "general")] == ["0", "0"]
    assert all(float(rows(table, name)[-1][1]) > 0 for name in ("LiteRt", "MediaPipe"))


def test_live_short_run_prints_latency_drops_and_load() -> None:
    found = rows(run("live.py", "--seconds", "3", "--rate", "30", "--no-window"), "30")
    (rate, window, *numbers), *others = found
    assert (rate, window, others) == ("30", "no", [])
    assert len(numbers) == 12
    for middle, most, nearly_all in zip(*[map(float, numbers[:9])] * 3, strict=True):
        assert 0 < middle <= most <= nearly_all
    assert numbers[:3] == numbers[3:6]  # There are no ten seconds.
    assert 0 < float(numbers[9]) < 60
    assert all(number.endswith("%") for number in numbers[10:])


@pytest.mark.skipif(sys.platform != "linux", reason="a process's CPU time is read from /proc")
def test_live_busy_keeps_a_core_busy_and_changes_of_quality_are_taken_down(modules: Any) -> None:
    live = modules("live")
    with live.keep_a_core_busy(), live.watch_quality() as lines:
        (process,) = multiprocessing.active_children()

        def measure() -> float:
            spent = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11]
            return float(spent) / os.sysconf("SC_CLK_TCK")

        eventually(lambda: measure() > 0.2, "a busy loop")
        logging.getLogger("framechain.live.levels").info("camera 0: %s", "fast")
    assert not process.is_alive()
    assert [line.split("  ")[-1] for line in lines] == ["camera 0: fast"]


def test_overheads_memory_and_start_are_printed() -> None:
    once = "--rounds", "1", "--frames", "4", "--size", "720", "--times", "2"
    table = run("overheads.py", *once, "--only", "memory", "start")
    frames, megabytes, _, twice = rows(table, "1280x720")[0][1:5]
    assert (frames, twice) == ("4", "8")
    assert float(megabytes) > 50
    assert "brings in none of" in table
    assert float(rows(table, "python main.py")[0][3]) > 0


def test_overheads_cost_of_an_object_is_printed(clip: Path) -> None:
    table = run("overheads.py", "--rounds", "1", "--frames", "4", "--clip", str(clip), "--only", "objects")
    assert len(rows(table, "callables alone")[0]) == 7
    assert len(rows(table, "whole run: MPSegmentation")) == 2


def test_repeat_clip_each_repetition_starts_where_the_last_ended(clip: Path, tmp_path: Path, modules: Any) -> None:
    modules("overheads").repeat_clip(str(clip), tmp_path / "twice.mp4", 2)
    with VideoSource(str(tmp_path / "twice.mp4")) as source:
        times = [frame.info.time for frame in source]
        assert source.shortfall() is None
    assert len(times) == 300
    np.testing.assert_allclose(np.diff(times), 1001 / 30000, atol=1e-4)


def test_ssim_photo_has_the_value_of_scikit_image(samples: Path, modules: Any) -> None:
    from skimage.metrics import structural_similarity

    plane = cv2.imread(str(samples / "portrait.jpg"), cv2.IMREAD_GRAYSCALE)
    worse = cv2.imdecode(cv2.imencode(".jpg", plane, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], cv2.IMREAD_GRAYSCALE)
    theirs = structural_similarity(
        plane, worse, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert modules("presets").ssim(plane, worse) == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("background", ["blur", "image", "colour"])
def test_recipe_prepared_background_looks_the_same(
    background: str, clip: Path, samples: Path, tmp_path: Path, modules: Any
) -> None:
    output, image, images = str(tmp_path / "out.mp4"), str(samples / "background.jpg"), []
    for prepared in (False, True):
        modules("recipe").run(str(clip), output, 3, background=background, image=image, prepared=prepared)
        with VideoSource(output) as source:
            images.append([frame.read_bgr() for frame in source])
    assert len(images[0]) == 3
    np.testing.assert_array_equal(*images)


def test_images_prints_a_row_for_each_format() -> None:
    table = run("images.py", "--size", "64x48", "--rounds", "1", "--against", str(FOLDER.parent))
    found = rows(table, "| .")
    assert [row[0] for row in found] == [".jpg", ".png", ".webp", ".tiff", ".bmp", ".jp2"]
    assert all(len(row) == 6 and float(row[5]) > 0 for row in found)
