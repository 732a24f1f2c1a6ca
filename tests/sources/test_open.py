"""open_source: what it takes for what, and how it ends."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import pytest
from support.cameras import HEIGHT, WIDTH, camera, number_of, steadily
from support.media import flats, photo, photos, write_clip
from support.patience import PATIENCE
from support.segments import segmented_camera
from support.web import serving

import framechain
from framechain import CameraOptions, FramechainError, open_source
from framechain.errors import ArgumentError, ArgumentTypeError, CameraError, MediaError, MissingInputError
from framechain.sources import open as open_module
from framechain.sources.camera import CameraSource
from framechain.sources.image import ImageSource
from framechain.sources.open import find_kind, guess_kind, guess_kind_of
from framechain.sources.reader import Reader
from framechain.sources.video import VideoSource


def test_open_source_video_gives_frames_with_their_times(clip: Path) -> None:
    times = [frame.info.time for frame in open_source(clip)]
    assert len(times) == 150
    assert times[:3] == pytest.approx([0, 1001 / 30000, 2002 / 30000])


def test_open_source_image_gives_one_frame(samples: Path) -> None:
    with open_source(str(samples / "portrait.jpg")) as source:
        assert source.info.kind == "image"
        assert [frame.bgr.shape for frame in source] == [(512, 512, 3)]


def test_open_source_network_camera_gives_newest_frames() -> None:
    with camera(steadily(30)) as device, open_source(device.url, camera=CameraOptions(timeout=PATIENCE)) as source:
        assert isinstance(source, Reader)
        assert (source.info.live, source.info.width, source.info.height) == (True, WIDTH, HEIGHT)
        numbers = [number_of(frame.bgr) for frame, _ in zip(source, range(5), strict=False)]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (0, "camera"),
        ("1", "camera"),
        ("/dev/video0", "camera"),
        ("/dev/v4l/by-id/usb-cam", "camera"),
        ("rtsp://host/live", "camera"),
        ("http://host/mjpg/video.mjpg", "camera"),
        ("http://host/axis-cgi/video.cgi?fps=5", "camera"),
        ("udp://host:5000/clip.mp4", "camera"),
        ("https://host/clip.mp4?key=1", "video"),
        ("http://host/me.jpg", "video"),
        ("clip.MP4", "video"),
        ("s3://bucket/clip.webm", "video"),
        ("me.jpeg", "image"),
        ("s3://bucket/me.png", "image"),
        ("me", None),
        ("s3://bucket/me", None),
        ("me.dat", None),
    ],
)
def test_open_source_kind_is_guessed_from_the_name(name: str | int, kind: str | None) -> None:
    assert guess_kind(name) == kind


@pytest.mark.parametrize(
    ("suffix", "kind"), [(".mp4", VideoSource), (".gif", VideoSource), (".jpg", ImageSource), (".png", ImageSource)]
)
def test_open_source_kind_is_found_by_content_where_the_name_says_nothing(
    suffix: str, kind: type, tmp_path: Path
) -> None:
    path = tmp_path / f"file{suffix}"
    if kind is VideoSource:
        layout: dict[str, Any] = {"codec": "gif", "pix_fmt": "rgb8"} if suffix == ".gif" else {}
        write_clip(path, flats(3), **layout)
    else:
        assert cv2.imwrite(str(path), photo())
    path.rename(tmp_path / "file")
    with open_source(tmp_path / "file") as source:
        assert type(source) is kind
        assert len(list(source)) == (3 if kind is VideoSource else 1)


@pytest.mark.parametrize("content", [b"", b"a letter", None, "folder", "pipe"])
def test_open_source_unreadable_input_is_an_error(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "file"
    if content == "folder":
        path.mkdir()
    elif content == "pipe":
        os.mkfifo(path)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(MissingInputError if content is None else MediaError) as caught:
        open_source(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("wrong", [None, 1.5, True, {"clip.mp4": 1}, {"clip.mp4"}, bytes, object()])
def test_open_source_other_argument_is_an_error_that_names_what_is_taken(wrong: Any) -> None:
    with pytest.raises(
        ArgumentTypeError, match=r"a source must be a path, .*, bytes, .* or a framechain\.Source; got "
    ):
        open_source(wrong)


def test_open_source_image_of_pillow_is_answered_by_what_works(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "photo.png"), photo())
    with PIL.Image.open(tmp_path / "photo.png") as image:
        with pytest.raises(ArgumentTypeError, match=r'got PngImageFile: give np\.asarray\(image\.convert\("RGB"\)\)'):
            open_source(image)  # type: ignore[arg-type]
        with open_source(np.asarray(image.convert("RGB"))[..., ::-1]) as source:
            (frame,) = source
    assert np.array_equal(frame.bgr, photo())


def test_open_source_source_is_returned_as_it_is(clip: Path) -> None:
    with VideoSource(str(clip)) as source:
        assert open_source(source) is source


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (np.zeros((4, 4, 3), np.uint8), "video", "an array is an image, and a video was asked for"),
        ([np.zeros((4, 4, 3), np.uint8)], "image", "an iterable of arrays is a video, and an image was asked for"),
    ],
)
def test_open_source_arrays_of_another_kind_are_refused(given: Any, kind: Any, message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=message):
        open_source(given, kind=kind)


def test_open_source_unknown_kind_is_an_error(clip: Path) -> None:
    with pytest.raises(ArgumentError, match="kind must be one of image, video, camera, got 'movie'"):
        open_source(clip, kind="movie")  # type: ignore[arg-type]


def test_open_source_address_that_cannot_be_reached_is_not_called_bad_media() -> None:
    refused = r"no server listens at 127\.0\.0\.1:9 \(Connection refused\)"
    with pytest.raises(MediaError, match=rf"cannot read http://127\.0\.0\.1:9/clip\.mp4: {refused}$"):
        open_source("http://127.0.0.1:9/clip.mp4")


def test_open_source_password_in_an_address_is_not_reported() -> None:
    with pytest.raises(MediaError) as caught:
        open_source("http://me:secret@127.0.0.1:9/clip.mp4")
    assert "secret" not in str(caught.value)
    assert "http://127.0.0.1:9/clip.mp4" in str(caught.value)


def test_open_source_absent_camera_is_an_error() -> None:
    with pytest.raises(CameraError, match="camera 97 cannot be opened"):
        open_source(97)


def test_open_source_named_kind_overrides_the_name(clip: Path, tmp_path: Path) -> None:
    shutil.copy(clip, tmp_path / "clip.png")
    with open_source(tmp_path / "clip.png", kind="video") as source:
        assert isinstance(source, VideoSource)
    # A file that stands for a camera: all frames, one after the other.
    with open_source(clip, kind="camera") as source:
        assert isinstance(source, CameraSource)
        assert source.info.live
        assert [frame.info.index for frame in source] == list(range(150))
        assert source.shortfall() == f"camera {clip} gave no more frames after 150"


def test_open_source_of_the_other_kind_says_which_argument_takes_it(clip: Path, samples: Path, tmp_path: Path) -> None:
    copy = tmp_path / "clip.jpg"
    shutil.copy(clip, copy)
    as_image, as_video = "it is an image, not a video", "it is a video, not an image"
    with pytest.raises(MediaError, match=rf"portrait\.jpg: {as_image}: Engine\(image_path=\.\.\.\) takes it"):
        framechain.Engine(video_path=samples / "portrait.jpg").run()
    for call in (lambda: framechain.cut_out(clip), lambda: framechain.Engine(image_path=clip).run()):
        with pytest.raises(MediaError, match=rf"clip\.mp4: {as_video}: Engine\(video_path=\.\.\.\) takes it"):
            call()
    with pytest.raises(MediaError, match=rf"clip\.jpg: {as_video}: rename it, as its name is that of an image"):
        open_source(copy)


def test_open_source_video_is_closed_at_the_end_of_its_iteration(clip: Path) -> None:
    source = open_source(clip)
    assert isinstance(source, VideoSource)
    container = source._decoder.container
    frames = list(source)
    assert len(frames) == 150
    assert not len(container.streams)  # PyAV forgets the streams of a closed container.
    assert list(source) == []
    assert source.shortfall() is None
    assert source.count_frames() == 150
    assert source.audio is not None
    source.close()


@pytest.fixture
def stored(tmp_path: Path, clip: Path, samples: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store without a network: stow's copy is replaced. Returns the folder of temporary files."""
    import contextlib
    import tempfile
    from collections.abc import Iterator

    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    @contextlib.contextmanager
    def copy(name: str, what: str) -> Iterator[str]:
        target = folder / name.rsplit("/", 1)[-1]
        shutil.copy(samples / target.name, target)
        try:
            yield str(target)
        finally:
            target.unlink()

    monkeypatch.setattr(open_module, "open_local_copy", copy)
    return folder


def test_open_source_stored_video_keeps_its_copy_until_it_is_closed(stored: Path) -> None:
    with open_source("s3://bucket/clip.mp4") as source:
        assert source.info.name == "s3://bucket/clip.mp4"
        assert sum(1 for _ in source) == 150
        assert [path.name for path in stored.iterdir()] == ["clip.mp4"]  # The audio is read from it.
    assert list(stored.iterdir()) == []
    source.close()


def test_open_source_stored_video_that_is_abandoned_leaves_no_copy(stored: Path) -> None:
    for frame in open_source("s3://bucket/clip.mp4"):
        assert frame.info.index == 0
        break
    del frame
    gc.collect()
    assert list(stored.iterdir()) == []


def test_open_source_stored_image_leaves_no_copy(stored: Path) -> None:
    source = open_source("s3://bucket/portrait.jpg")
    assert list(stored.iterdir()) == []
    assert len(list(source)) == 1


def test_open_source_stored_video_that_is_damaged_leaves_no_copy(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, *, name: str) -> Any:
        raise MediaError("damaged")

    monkeypatch.setattr("framechain.sources.video.VideoSource", refuse)
    with pytest.raises(FramechainError, match="damaged"):
        open_source("s3://bucket/clip.mp4")
    assert list(stored.iterdir()) == []


def test_open_source_is_public_and_its_import_light() -> None:
    assert framechain.open_source is open_source
    script = "import sys; from framechain import open_source; print('av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout == "False\n"


def test_open_source_live_playlist_is_a_camera_and_a_finished_one_a_video(tmp_path: Path) -> None:
    with segmented_camera(tmp_path) as device:
        with open_source(device.url) as source:
            assert source.info.kind == "camera"
        device.close()
        with open_source(device.url) as source:
            assert source.info.kind == "video"


@pytest.mark.parametrize(("live", "kind"), [(True, "camera"), (False, "video")])
def test_open_source_live_option_decides_and_no_server_is_asked(live: bool, kind: str, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.ts", photos(10))
    with serving(tmp_path) as web:
        web.has_length = web.has_ranges = not live
        with open_source(web.url + "clip.ts", camera=CameraOptions(live=live)) as source:
            assert source.info.kind == kind
        assert find_kind(web.url + "video", CameraOptions(live=live)) == kind
        assert find_kind("rtsp://host/film", CameraOptions(live=live)) == kind


@pytest.mark.parametrize(("source", "live"), [("clip.ts", True), ("0", False), (0, False), (b"", True)])
def test_open_source_live_option_for_no_address_is_refused(source: Any, live: bool) -> None:
    with pytest.raises(ArgumentError, match=f"live={live} decides about an address such as http://host/live.ts"):
        find_kind(source, CameraOptions(live=live))
    assert find_kind(source, CameraOptions(live=not live)) == guess_kind_of(source)


def test_open_source_live_stream_for_a_single_viewer_is_connected_to_once(tmp_path: Path) -> None:
    clip = Path(write_clip(tmp_path / "clip.ts", photos(60))).read_bytes()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        listener.close()  # As `ffmpeg -listen 1` does.
        with contextlib.suppress(OSError):
            connection.recv(4096)
            connection.sendall(b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n" + clip)
            connection.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/live.ts"
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        with open_source(url) as source:
            assert source.info.kind == "camera"
            assert next(iter(source)).size == (160, 120)
