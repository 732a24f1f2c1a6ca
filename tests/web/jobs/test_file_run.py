"""What is done to one uploaded file, without a server."""

from __future__ import annotations

import gc
import os
import signal
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest
from support.media import photos, write_clip
from support.web_maker import Maker, Tint

from framechain import MissingInputError
from framechain.run.interrupts import Interrupts
from framechain.web.jobs.file_run import FileFailedError, FileRun, choose_result_name, find_content_type
from framechain.web.look import Look
from framechain.web.transfer.downloads import UNKNOWN
from framechain.web.transfer.names import hide_paths

PHOTO = Path("samples/portrait.jpg")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("cannot read /srv/v/1: it is empty", "cannot read clip.mp4: it is empty"),
        ("cannot read /a b/rooms/beach.jpg: no", "cannot read rooms/beach.jpg: no"),
        ("no such file: '/home/me/beach.jpg'", "no such file: 'beach.jpg'"),
        (r"cannot read C:\Users\me\beach.jpg", "cannot read beach.jpg"),
        ("24/30 frames and/or 1/2, http://host/live.m3u8", "24/30 frames and/or 1/2, http://host/live.m3u8"),
        ("two\n  lines", "two lines"),
    ],
)
def test_hide_paths_leaves_names_alone(sentence: str, expected: str) -> None:
    assert hide_paths(sentence, {"/srv/v/1": "clip.mp4", "/a b/rooms": "rooms"}) == expected


@pytest.mark.parametrize(
    ("name", "kind", "alpha", "expected"),
    [
        ("a.mp4", "video", False, "a_out.mp4"),
        ("a.mkv", "video", False, "a_out.mkv"),
        ("a.gif", "video", False, "a_out.mp4"),
        ("a.mp4", "video", True, "a_out.webm"),
        ("a.MOV", "video", True, "a_out.MOV"),
        ("a.jpg", "image", True, "a_out.png"),
        ("a.mp4", "image", False, "a_out.png"),
        ("archive.tar", "image", False, "archive_out.png"),
    ],
)
def test_choose_result_name_is_that_of_the_command_if_the_content_fits(
    name: str, kind: str, alpha: bool, expected: str
) -> None:
    assert choose_result_name(name, kind=kind, alpha=alpha) == expected


def test_find_content_type_is_unknown_for_what_browsers_do_not_play(tmp_path: Path) -> None:
    for suffix, expected in ((".mp4", "video/mp4"), (".mov", "video/mp4"), (".mkv", UNKNOWN), (".avi", UNKNOWN)):
        path = write_clip(tmp_path / f"clip{suffix}", photos(3))
        assert find_content_type(path, kind="video") == expected
    assert find_content_type(str(PHOTO), kind="image") == "image/jpeg"
    assert find_content_type(str(tmp_path / "none"), kind="image") == UNKNOWN
    assert find_content_type(str(tmp_path / "none"), kind="video") == UNKNOWN


def test_run_cancelled_before_it_begins_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(Path(write_clip(tmp_path / "clip.mp4", photos(3))).read_bytes())
    run = FileRun(path, "clip.mp4", Look(), Maker())
    run.open()
    run.cancel()
    assert run.run(tmp_path / "out.mp4", "out.mp4") is None
    run.close()
    assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "upload"]


def test_close_keeps_nothing_of_the_chain(tmp_path: Path) -> None:
    tint = Tint()
    seen = weakref.ref(tint)
    objects = [tint]
    del tint
    run = FileRun(PHOTO, "me.jpg", Look(), Maker(lambda: [objects.pop()]))
    run.open()
    assert run.run(tmp_path / "out.png", "out.png") is not None
    assert seen() is not None
    run.close()
    gc.collect()
    assert seen() is None


def test_open_of_what_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    def fail() -> list[Tint]:
        raise RuntimeError(f"no model at {tmp_path}/models/a.onnx")

    run = FileRun(PHOTO, "me.jpg", Look(), Maker(fail))
    with pytest.raises(FileFailedError) as caught:
        run.open()
    assert str(caught.value) == "me.jpg: unexpected RuntimeError: no model at a.onnx"
    run.close()


def test_open_background_that_is_gone_is_called_by_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "two words"

    def fail() -> list[Tint]:
        raise MissingInputError(f"there is no picture {folder}/beach.jpg")

    for background in (folder, folder / "beach.jpg"):
        run = FileRun(PHOTO, "me.jpg", Look(str(background)), Maker(fail))
        with pytest.raises(FileFailedError) as caught:
            run.open()
        assert str(caught.value).removeprefix("there is no picture ") in ("two words/beach.jpg", "beach.jpg")


def test_run_inside_a_program_that_handles_signals_is_not_ended_by_them(tmp_path: Path) -> None:
    # The command notes Ctrl-C for the run that it knows: the server decides itself when its jobs end.
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        interrupts._signal = "SIGINT"
        run = FileRun(PHOTO, "me.jpg", Look(), Maker())
        run.open()
        with ThreadPoolExecutor(1) as thread:  # As in the server: the main thread is that of the event loop.
            made = thread.submit(copy_context().run, run.run, tmp_path / "out.png", "out.png").result()
        run.close()
    assert made is not None
    assert made.frames == 1
    assert signal.getsignal(signal.SIGINT) is before
