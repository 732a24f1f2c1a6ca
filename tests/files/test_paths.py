"""Where results go, files that appear whole or not at all, what cannot be read or written, and remote stores."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import pytest
from support.audio import beeps, hear, write_audio
from support.media import Array, flats, photo, photos, see, with_cover, write_clip
from support.patience import PATIENCE

from framechain import Encoding, Engine, FramechainError
from framechain.files.paths import make_output_path


def noise(frame: Array) -> Array:
    """What no encoder makes small."""
    cv2.randu(frame, 0, 255)
    return frame


# Names


@pytest.mark.parametrize(
    ("path", "video", "expected"),
    [
        ("clip.mp4", True, "clip_out.mp4"),
        ("folder/clip.mov", True, "folder/clip_out.mov"),
        ("clip.mkv", True, "clip_out.mkv"),
        ("clip.m4v", True, "clip_out.m4v"),
        ("clip.avi", True, "clip_out.mp4"),
        ("clip.webm", True, "clip_out.mp4"),
        ("clip.gif", True, "clip_out.mp4"),
        ("clip.MP4", True, "clip_out.MP4"),
        ("my.first.clip.mpg", True, "my.first.clip_out.mp4"),
        ("clip", True, "clip_out.mp4"),
        ("me.v2.jpg", False, "me.v2_out.jpg"),
        ("me.png", False, "me_out.png"),
        ("a.folder/me.webp", False, "a.folder/me_out.webp"),
        ("s3://bucket/folder/clip.mp4", True, "s3://bucket/folder/clip_out.mp4"),
        ("https://host/media/clip.mp4?token=1", True, "clip_out.mp4"),
    ],
)
def test_make_output_path_is_in_the_folder_of_the_input(path: str, video: bool, expected: str) -> None:
    assert make_output_path(path, "out", video=video) == expected


@pytest.mark.parametrize(
    ("name", "codec", "expected"),
    [
        ("clip.mp4", "libx264", "clip_neu.mp4"),
        ("clip.avi", "mpeg4", "clip_neu.mp4"),
        ("b.v2.mov", "libx264", "b.v2_neu.mov"),
    ],
)
def test_engine_default_output_has_the_expected_name(name: str, codec: str, expected: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / name, flats(3), codec=codec)
    result = Engine(video_path=source, output_extension="neu").run()
    assert result.output_path == str(tmp_path / expected)
    assert sorted(os.listdir(tmp_path)) == sorted([name, expected])


def test_engine_paths_relative_and_with_tilde_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_clip(tmp_path / "clip.mp4", flats(3))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert Engine(video_path="clip.mp4").run().output_path == "clip_out.mp4"
    assert Engine(video_path="~/clip.mp4", output_path="~/home.mp4").run().output_path == str(tmp_path / "home.mp4")
    assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "clip_out.mp4", "home.mp4"]


def test_engine_names_long_or_not_ascii_are_written(tmp_path: Path) -> None:
    for name in ("фильм №1 日本.mp4", "x" * 200 + ".mp4", ".hidden.mp4", "-dash.mp4", "50% & 'more'.mp4"):
        source = write_clip(tmp_path / "clip.mkv", flats(2), codec="ffv1")
        assert see(Engine(video_path=source, output_path=tmp_path / name).run().output_path or "").count == 2


# The input is never the output


@pytest.fixture(params=["clip.mp4", "me.png"])
def precious(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / str(request.param)
    if path.suffix == ".mp4":
        write_clip(path, photos(3))
    else:
        assert cv2.imwrite(str(path), photo())
    return path


@pytest.mark.parametrize("alias", ["same", "relative", "roundabout", "symlink", "hard-link"])
def test_engine_output_that_is_the_input_is_refused(
    alias: str, precious: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = precious.read_bytes()
    other = tmp_path / f"alias{precious.suffix}"
    monkeypatch.chdir(tmp_path)
    target = {
        "same": precious,
        "relative": Path(precious.name),
        "roundabout": tmp_path / ".." / tmp_path.name / precious.name,
    }.get(alias, other)
    try:
        if alias == "symlink":
            other.symlink_to(precious)
        elif alias == "hard-link":
            os.link(precious, other)
    except OSError as error:
        pytest.skip(f"this file system has no such links: {error}")
    files = sorted(os.listdir(tmp_path))
    kind = "video_path" if precious.suffix == ".mp4" else "image_path"
    arguments: dict[str, Any] = {kind: precious, "output_path": target}
    with pytest.raises(OSError, match="it is the input, choose another output") as caught:
        Engine(**arguments).run()
    assert isinstance(caught.value, FramechainError)
    assert precious.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == files


# What cannot be read


def _text(path: Path) -> None:
    path.write_text("This is no video.\n" * 100)


def _cover(path: Path) -> None:
    song = write_audio(path.with_name("song.m4a"), beeps(0.5))
    with_cover(song, path)
    os.unlink(song)


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (None, FileNotFoundError, "video not found: "),
        (Path.mkdir, ValueError, "it is a folder"),
        (Path.touch, ValueError, "the file is empty"),
        (_text, ValueError, "it is no video or image that FFmpeg understands"),
        (lambda path: write_audio(path, beeps(0.5)), ValueError, "it holds no video stream, only audio"),
        (_cover, ValueError, "it holds no video stream, only audio"),
    ],
    ids=["missing", "folder", "empty", "text", "audio-only", "audio-and-cover"],
)
def test_engine_input_that_is_no_video_is_one_sentence(
    make: Any, kind: type[Exception], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "holiday.mp4"
    if make is not None:
        make(path)
    before = os.listdir(tmp_path)
    with pytest.raises(kind, match=message) as caught:
        Engine(video_path=path).run()
    assert isinstance(caught.value, FramechainError)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == before


# What cannot be written


@pytest.mark.parametrize("target", ["folder.mp4", "folder.mp4/", "missing/out.mp4", "clip.mp4/out.mp4"])
def test_engine_impossible_target_is_refused_before_any_work(target: str, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(3))
    (tmp_path / "folder.mp4").mkdir()
    calls: list[int] = []

    def count(frame: Array) -> Array:
        calls.append(1)
        return frame

    with pytest.raises(OSError, match=r"cannot write .*folder") as caught:
        Engine(video_path=source, output_path=f"{tmp_path}/{target}", custom_objects=[count]).run()
    assert isinstance(caught.value, FramechainError)
    assert not calls
    assert sorted(os.listdir(tmp_path)) == ["clip.mp4", "folder.mp4"]


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder that may be read and not written to, also where the tests run as root."""
    if not hasattr(os, "geteuid"):
        pytest.skip("permissions of folders are another matter on Windows")
    folder = Path(tempfile.mkdtemp())
    write_clip(folder / "clip.mp4", flats(3))
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_engine_read_only_folder_is_an_error(locked: Path) -> None:
    with pytest.raises(OSError, match=r"cannot write .*clip_out\.mp4: Permission denied") as caught:
        Engine(video_path=locked / "clip.mp4").run()
    assert isinstance(caught.value, FramechainError)
    assert os.listdir(locked) == ["clip.mp4"]


_LIMITED = """
    import resource, sys
    sys.path.insert(0, sys.argv[4])
    import cv2
    import framechain
    kind, path, output = sys.argv[1:4]
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
    def noise(frame):
        cv2.randu(frame, 0, 255)
        return frame
    try:
        framechain.Engine(**{kind: path}, output_path=output, custom_objects=[noise]).run()
    except framechain.FramechainError as error:
        print(type(error).__name__, error)
"""


@pytest.mark.parametrize("suffix", [".mp4", pytest.param(".mkv", marks=pytest.mark.slow), ".png"])
def test_engine_file_too_large_leaves_nothing(suffix: str, repository: Path, tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="Windows has no limit for the size of files")
    kind = "image_path" if suffix == ".png" else "video_path"
    source = tmp_path / f"source{suffix}"
    if kind == "image_path":
        assert cv2.imwrite(str(source), photo(640, 480))
    else:
        write_clip(source, photos(30, 320, 240), audio=beeps(1))
    target = tmp_path / f"out{suffix}"
    target.write_text("what was there before")
    command = [sys.executable, "-c", textwrap.dedent(_LIMITED), kind, source, target, repository]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"OutputError cannot write {target}: ")
    assert "large" in done.stdout
    assert target.read_text() == "what was there before"
    assert sorted(os.listdir(tmp_path)) == sorted([source.name, target.name])


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".png"])
def test_engine_full_disk_leaves_nothing(suffix: str, tiny_disk: Path, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", photos(20, 320, 240), audio=beeps(0.8))
    image = tmp_path / "me.png"
    assert cv2.imwrite(str(image), photo(640, 480))
    arguments: dict[str, Any] = {"image_path": image} if suffix == ".png" else {"video_path": source}
    with pytest.raises(OSError, match=r"cannot write .*: No space left on device") as caught:
        Engine(**arguments, output_path=tiny_disk / f"out{suffix}", custom_objects=[noise]).run()
    assert isinstance(caught.value, FramechainError)
    assert os.listdir(tiny_disk) == []


# The network


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def served(clip: Path, tmp_path: Path) -> Iterator[str]:
    """An address on this machine that serves `clip.mp4`."""
    (tmp_path / "served").mkdir()
    shutil.copy(clip, tmp_path / "served")
    handler = functools.partial(_Quiet, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.slow
def test_engine_video_of_a_url_is_read(
    served: str, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = Engine(video_path=f"{served}/clip.mp4", encoding=Encoding(preset="ultrafast")).run()
    assert result.output_path == "clip_out.mp4"
    assert see("clip_out.mp4").ticks == see(clip).ticks
    assert hear("clip_out.mp4").packets == hear(clip).packets


def test_engine_url_without_a_file_is_an_error(served: str, tmp_path: Path) -> None:
    with pytest.raises(FramechainError, match=rf"{served}/nothing\.mp4"):
        Engine(video_path=f"{served}/nothing.mp4", output_path=tmp_path / "out.mp4").run()
    assert os.listdir(tmp_path) == ["served"]


# Remote stores


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A bucket of S3 in this process: moto answers what boto3 asks."""
    moto = pytest.importorskip("moto")
    boto3 = pytest.importorskip("boto3")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with moto.mock_aws(), contextlib.closing(boto3.client("s3")) as client:
        client.create_bucket(Bucket="media")
        yield client


def keys(client: Any) -> list[str]:
    return sorted(entry["Key"] for entry in client.list_objects_v2(Bucket="media").get("Contents", []))


def test_engine_video_of_a_store_is_written_beside_it(bucket: Any, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(10), audio=beeps(0.4))
    bucket.upload_file(source, "media", "holiday/clip.mp4")
    result = Engine(video_path="s3://media/holiday/clip.mp4", custom_objects=[lambda frame: 255 - frame]).run()
    assert result.output_path == "s3://media/holiday/clip_out.mp4"
    assert keys(bucket) == ["holiday/clip.mp4", "holiday/clip_out.mp4"]
    bucket.download_file("media", "holiday/clip_out.mp4", str(tmp_path / "got.mp4"))
    assert see(tmp_path / "got.mp4").greys() == pytest.approx([255 - grey for grey in see(source).greys()], abs=2)
    assert hear(tmp_path / "got.mp4").packets == hear(source).packets


def test_engine_image_of_a_store_and_local_output_can_be_mixed(bucket: Any, tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "me.png"), photo())
    bucket.upload_file(str(tmp_path / "me.png"), "media", "me.png")
    assert Engine(image_path="s3://media/me.png").run().output_path == "s3://media/me_out.png"
    local = Engine(image_path="s3://media/me.png", output_path=tmp_path / "here.png").run()
    assert (cv2.imread(local.output_path or "") == photo()).all()
    Engine(image_path=tmp_path / "me.png", output_path="s3://media/there.png").run()
    assert keys(bucket) == ["me.png", "me_out.png", "there.png"]


def test_engine_file_missing_on_a_store_is_an_error(bucket: Any) -> None:
    for path in ("s3://media/nothing.mp4", "s3://no-such-bucket/clip.mp4"):
        with pytest.raises(FileNotFoundError, match=path) as caught:
            Engine(video_path=path).run()
        assert isinstance(caught.value, FramechainError)


def test_engine_store_that_refuses_is_an_error_and_errors_upload_nothing(bucket: Any, tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mp4", flats(3))
    with pytest.raises(OSError, match=r"s3://no-such-bucket/out\.mp4"):
        Engine(video_path=source, output_path="s3://no-such-bucket/out.mp4").run()
    with pytest.raises(FramechainError, match="ZeroDivisionError"):
        Engine(video_path=source, output_path="s3://media/out.mp4", custom_objects=[lambda frame: 1 // 0]).run()
    assert keys(bucket) == []


def test_engine_copies_of_a_store_are_removed(bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    bucket.upload_file(write_clip(tmp_path / "clip.mp4", flats(3)), "media", "clip.mp4")
    Engine(video_path="s3://media/clip.mp4").run()
    assert os.listdir(tmp_path / "temporary") == []
