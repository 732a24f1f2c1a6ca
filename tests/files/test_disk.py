"""Full disks, lost permissions and removed folders: one error, and no incomplete output."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import beeps, hear
from support.children import Nursery, fork, nursery
from support.disks import small_disk
from support.media import photo, photos, see, write_clip
from support.memory_source import MemorySource
from support.seeds import SEED, make_random

from framechain import Engine, Frame, FramechainWarning, FrameInfo, StreamInfo
from framechain.errors import OutputError
from framechain.live.outputs import LiveOutputs
from framechain.options import LiveTargets

SUFFIXES = [".mp4", ".mov", ".mkv", ".webm", ".png"]
FRAMES = 15


def sources(folder: Path) -> dict[str, str]:
    """A clip and an image of which no encoder makes little."""
    rng = np.random.default_rng(5)
    noisy = [cv2.add(image, rng.integers(0, 90, image.shape, np.uint8)) for image in photos(FRAMES)]
    assert cv2.imwrite(str(folder / "me.png"), cv2.add(photo(), rng.integers(0, 90, (120, 160, 3), np.uint8)))
    return {
        "video_path": write_clip(folder / "clip.mkv", noisy, audio=beeps(FRAMES / 25)),
        "image_path": str(folder / "me.png"),
    }


def run(kinds: dict[str, str], target: Path, *objects: Callable[..., Any]) -> None:
    kind = "image_path" if target.suffix == ".png" else "video_path"
    Engine(**{kind: kinds[kind]}, output_path=target, custom_objects=objects, progress=False).run()


def check_whole(target: Path) -> None:
    if target.suffix == ".png":
        assert cv2.imread(str(target)).shape == (120, 160, 3)
        return
    assert see(target).count == FRAMES
    assert hear(target).end == pytest.approx(FRAMES / 25, abs=0.06)


# Wherever in a file the disk is full: in its head, among its frames, in its index, in the second pass over an mp4.

LIMITED = """
import json, os, resource
def work(kind, source, target, limits):
    told = []
    for limit in json.loads(limits):
        with open(target, "w") as file:
            file.write("what was there before")
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            Engine(**{kind: source}, output_path=target, progress=False).run()
            told.append("")
        except framechain.errors.OutputError as error:
            told.append(str(error))
            assert open(target).read() == "what was there before", (limit, error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert os.listdir(os.path.dirname(target)) == [os.path.basename(target)], limit
        import threading
        assert [thread.name for thread in threading.enumerate()] == ["MainThread"], limit
    print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def limited() -> Iterator[Nursery]:
    with nursery(LIMITED) as started:
        yield started


@pytest.mark.slow
@fork
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_engine_file_size_limit_at_any_place_is_an_error(suffix: str, limited: Nursery, tmp_path: Path) -> None:
    kinds = sources(tmp_path)
    kind = "image_path" if suffix == ".png" else "video_path"
    folder = tmp_path / "folder"
    folder.mkdir()
    target = folder / f"out{suffix}"
    run(kinds, target)
    size = target.stat().st_size
    places = make_random(suffix)
    limits = [100, size // 2, size - 3000, size - 100, size - 1, size, size + 5000]
    limits += [places.randrange(1, size) for _ in range(8)]
    child = limited.child(tmp_path, kind, kinds[kind], target, json.dumps(limits))
    assert child.end() == 0, (SEED, child.err)
    for limit, reported in zip(limits, json.loads(child.out), strict=True):
        assert bool(reported) == (limit < size), (SEED, limit, size)
        if reported:
            assert reported.startswith(f"cannot write {target}: "), reported
            assert "large" in reported, reported


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A disk of a size that can be changed, in kilobytes."""
    with small_disk(tmp_path / "disk") as resized:
        yield resized


@pytest.mark.parametrize(
    "suffix",
    [
        suffix if suffix in (".mp4", ".mkv", ".png") else pytest.param(suffix, marks=pytest.mark.slow)
        for suffix in SUFFIXES
    ],
)
def test_engine_full_disk_at_any_place_is_an_error(suffix: str, disk: Callable[[int], Path], tmp_path: Path) -> None:
    kinds = sources(tmp_path)
    folder = disk(8192)
    target = folder / f"out{suffix}"
    run(kinds, target)
    kilobytes = -(-target.stat().st_size // 4096) * 4
    target.unlink()
    for size in (4, kilobytes // 3, kilobytes // 2, kilobytes - 12, kilobytes - 4):
        disk(max(4, size // 4 * 4))
        with pytest.raises(OutputError, match=rf"cannot write {target}: No space left on device"):
            run(kinds, target)
        assert os.listdir(folder) == []
    disk(kilobytes + 16)  # The lock beside it takes a page too.
    run(kinds, target)
    check_whole(target)
    # What was there is kept when there is no room for another.
    with pytest.raises(OutputError, match="No space left on device"):
        run(kinds, target)
    check_whole(target)
    assert os.listdir(folder) == [target.name]


def record_noise(target: Path, frames: int) -> LiveOutputs:
    """Record what no encoder makes small, until it fails."""
    stream = StreamInfo("camera", "camera", 160, 120)
    rng = np.random.default_rng(0)
    outputs = LiveOutputs(LiveTargets(record=str(target)), watched=True)
    outputs.open(MemorySource(stream))
    with outputs:
        for number in range(frames):
            noise = rng.integers(0, 255, (120, 160, 3), np.uint8)
            outputs.write(Frame(FrameInfo(number, 40 * number, 40, stream), bgr=noise))
            if outputs.problems:
                break
    return outputs


@pytest.mark.parametrize(
    "suffix", [".mp4", ".mkv", *(pytest.param(suffix, marks=pytest.mark.slow) for suffix in (".mov", ".webm"))]
)
def test_recording_full_disk_reports_the_frames_that_are_kept(suffix: str, disk: Callable[[int], Path]) -> None:
    target = disk(1000) / f"rec{suffix}"
    with pytest.warns(FramechainWarning, match=f"No space left on device; what came before is in {target}"):
        outputs = record_noise(target, 200)
    count = see(target).count
    assert 10 < count == outputs.recorder.frames < 200
    assert f"stopped after {count} frames" in outputs.problems[0]
    assert os.listdir(target.parent) == [target.name]


# What else may happen to the place while a run is at it


def at_frame(number: int, act: Callable[[], object]) -> Callable[..., Any]:
    def disturb(frame: Any, info: Any) -> Any:
        if info.index == number:
            act()
        return frame

    return disturb


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("how", ["removed", "renamed"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no folder in which a file is open")
def test_engine_output_folder_removed_is_an_error(how: str, suffix: str, tmp_path: Path) -> None:
    kinds = sources(tmp_path)
    folder = tmp_path / "folder"
    folder.mkdir()
    number = 0 if suffix == ".png" else FRAMES - 3

    def vanish() -> None:
        if how == "removed":
            shutil.rmtree(folder)
        else:
            folder.rename(tmp_path / "elsewhere")

    reported = rf"cannot write {folder}/out{suffix}: the folder {folder} was removed while it was written"
    with pytest.raises(OutputError, match=reported):
        run(kinds, folder / f"out{suffix}", at_frame(number, vanish))
    assert not folder.exists()
    assert not (tmp_path / "elsewhere" / f"out{suffix}").exists()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".png"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is open")
def test_engine_temporary_file_removed_is_an_error(suffix: str, tmp_path: Path) -> None:
    kinds = sources(tmp_path)
    target = tmp_path / f"out{suffix}"

    def vanish() -> None:
        for path in tmp_path.glob(f".*.part{suffix}"):
            path.unlink()

    with pytest.raises(OutputError, match="its temporary file was removed while it was written"):
        run(kinds, target, at_frame(0 if suffix == ".png" else FRAMES - 3, vanish))
    assert sorted(os.listdir(tmp_path)) == ["clip.mkv", "me.png"]


UNPRIVILEGED = """
import os, threading, tqdm
def work(kind, source, target):
    # All is imported by then: others may not read where it lies.
    warm = os.path.join(os.path.dirname(source), "warm" + os.path.splitext(target)[1])
    Engine(**{kind: source}, output_path=warm, custom_objects=[lambda frame: frame], progress=False).run()
    if os.geteuid() == 0:
        os.setuid(65534)
    def lock(frame):
        os.chmod(os.path.dirname(target), 0o555)
        return frame
    try:
        Engine(**{kind: source}, output_path=target, custom_objects=[lock], progress=False).run()
    except framechain.errors.OutputError as error:
        print(error)
    assert [thread.name for thread in threading.enumerate()] == ["MainThread"]
"""


@fork
@pytest.mark.parametrize("suffix", [".mp4", pytest.param(".mkv", marks=pytest.mark.slow), ".png"])
def test_engine_permission_lost_is_an_error(suffix: str) -> None:
    # Pytest's own folders let nobody else in, and root may do anything.
    with tempfile.TemporaryDirectory() as made, nursery(UNPRIVILEGED) as children:
        top, folder = Path(made), Path(made) / "folder"
        top.chmod(0o755)
        folder.mkdir()
        if os.geteuid() == 0:
            os.chown(folder, 65534, -1)
        kinds = sources(top)
        kind = "image_path" if suffix == ".png" else "video_path"
        target = folder / f"out{suffix}"
        child = children.child(top, kind, kinds[kind], target)
        assert child.end() == 0, child.err
        assert child.out == f"cannot write {target}: Permission denied\n"
        assert target.name not in os.listdir(folder)
        # Nothing could be removed; the next run can.
        folder.chmod(0o755)
        run(kinds, target)
        assert os.listdir(folder) == [target.name]
        check_whole(target)
