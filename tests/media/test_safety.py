"""What strangers hand in reads nothing but itself, runs nothing, and is written to nothing but a file.

That the models are checked against their SHA-256 before use is in test_install.py
(`test_model_file_damaged_or_missing_is_an_error`); that ONNX models read no other file, in test_onnx_use.py.
"""

from __future__ import annotations

import ast
import contextlib
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import cv2
import pytest
from support.media import Array, flat, flats, photo, see, write_clip
from support.patience import PATIENCE

from framechain import Engine, FramechainError
from framechain.backgrounds import Picture, Video
from framechain.files.atomic_output import AtomicOutput
from framechain.files.locks import ScratchFolder
from framechain.files.stores import open_local_copy
from framechain.media.audio import AudioTrack, AudioWriter
from framechain.media.safety import make_safety_options

PACKAGE = Path(__file__).resolve().parents[2] / "framechain"
SECRET_GREY = 200
SECRET_FRAMES = 5


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A clip that nobody else is meant to see, in the folder that everything here runs in."""
    return Path(write_clip(tmp_path / "private.ts", [flat(SECRET_GREY)] * SECRET_FRAMES))


_NOWHERE = cast("Any", None)


# Files that name others

_HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:0.2,\n{}\n#EXT-X-ENDLIST\n"
_CONCAT = "ffconcat version 1.0\nfile '{}'\n"
_SDP = (
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns={}\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 50040 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
)
_DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" '
    'profiles="urn:mpeg:dash:profile:isoff-main:2011"><Period><AdaptationSet mimeType="video/mp4">'
    '<Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>'
)
_LISTS = {"hls": _HLS, "concat": _CONCAT, "sdp": _SDP, "dash": _DASH}
# How a list may name what is not its own: {} is the whole path.
_WAYS = ("private.ts", "{}", "file://{}", "concat:{}|{}", "subfile,,start,0,end,0,,:{}", "crypto:{}")


@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("kind", _LISTS)
def test_video_path_list_with_a_video_s_name_is_refused(kind: str, way: str, private: Path, tmp_path: Path) -> None:
    for name in ("clip.mp4", "clip.ts", "clip.m3u8.mp4", "clip.m3u8#.mp4", "clip.m3u8?.mp4"):
        path = tmp_path / name
        path.write_text(_LISTS[kind].format(way.replace("{}", str(private))))
        track = AudioTrack(str(path), 0, Fraction(0), "aac")
        # A video, a background, the audio: whatever opens a file.
        openers = (
            Engine(video_path=path).run,
            lambda path=path: Video(path),
            lambda t=track: AudioWriter(t, _NOWHERE),
        )
        for opened in openers:
            with pytest.raises(FramechainError, match="cannot read") as caught:
                opened()
            assert "\n" not in str(caught.value)
        path.unlink()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["private.ts"]


def test_support_list_is_followed_without_the_limits(private: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text(_CONCAT.format(private.name))
    assert see(path).greys() == pytest.approx([SECRET_GREY] * SECRET_FRAMES, abs=2)


def test_webcam_id_list_with_a_video_s_name_is_refused(private: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text(_CONCAT.format(private.name))
    frames: list[Array] = []
    engine = Engine(webcam_id=str(path), output_path=tmp_path / "out.mp4", show=False, custom_objects=[frames.append])
    with pytest.raises(FramechainError, match=r"cannot read .*clip\.mp4: it is not self-contained media"):
        engine.run()
    assert not frames


@pytest.mark.parametrize(
    "name", ["concat:private.ts|private.ts", "subfile,,start,0,end,0,,:private.ts", "file:private.ts"]
)
def test_webcam_id_with_a_protocol_is_only_a_name(
    name: str, private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    frames: list[Array] = []
    with pytest.raises(FramechainError, match=r"camera .* cannot be opened"):
        Engine(webcam_id=name, output_path="out.mp4", custom_objects=[frames.append], progress=False).run()
    assert not frames


@pytest.mark.parametrize("kind", _LISTS)
def test_image_path_list_with_an_image_s_name_is_refused(kind: str, private: Path, tmp_path: Path) -> None:
    path = tmp_path / "me.jpg"
    path.write_text(_LISTS[kind].format(private))
    for opened in (lambda: Engine(image_path=path).run(), lambda: Picture(path)):
        with pytest.raises(FramechainError, match="cannot read"):
            opened()


def test_video_path_playlist_reads_files_but_nothing_else(private: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.m3u8"
    path.write_text(_HLS.format(private.name))
    result = Engine(video_path=path, output_path=tmp_path / "out.mp4").run()
    assert see(result.output_path or "").greys() == pytest.approx([SECRET_GREY] * SECRET_FRAMES, abs=2)
    for way in ("concat:{}|{}", "subfile,,start,0,end,0,,:{}", "http://127.0.0.1:9/private.ts", "pipe:0"):
        path.write_text(_HLS.format(way.replace("{}", str(private))))
        with pytest.raises(FramechainError, match="cannot read"):
            Engine(video_path=path, output_path=tmp_path / "other.mp4").run()
    assert not (tmp_path / "other.mp4").exists()


@pytest.mark.parametrize("name", ["clip.m3u8", "clip.MPD"])
def test_video_path_playlist_on_a_store_is_refused(name: str) -> None:
    # Its copy would stand among this machine's own files; stow is not even asked for it.
    with (
        pytest.raises(FramechainError, match=rf"s3://bucket/{name}: lists of other files are not followed"),
        open_local_copy(f"s3://bucket/{name}", "video"),
    ):
        pass


# Names that mean something to FFmpeg

_NAMES = ("concat:private.ts|private.ts", "subfile,,start,0,end,0,,:private.ts", "file:private.ts", "data:,x", "-i")


@pytest.mark.parametrize("name", _NAMES)
def test_video_path_with_a_protocol_is_only_a_name(
    name: str, private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        Engine(video_path=name, output_path="out.mp4").run()
    assert isinstance(caught.value, FramechainError)
    # A file that is called so is read itself, and not what its name says.
    write_clip(tmp_path / "clip.mp4", flats(3))
    with contextlib.suppress(OSError):
        os.rename("clip.mp4", name)
    if not os.path.exists(name):
        pytest.skip("this system takes no such name")
    result = Engine(video_path=name, output_path="out.mp4").run()
    assert see("out.mp4").count == result.frames_written == 3


# From the network


@contextlib.contextmanager
def served(pages: dict[str, bytes], redirect: str = "") -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = pages.get(self.path)
            self.send_response(200 if content else 302 if redirect else 404)
            if not content:
                self.send_header("Location", redirect)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_video_path_network_playlist_reads_the_network_alone(private: Path, tmp_path: Path) -> None:
    pages = {"/private.ts": private.read_bytes(), "/good.m3u8": _HLS.format("private.ts").encode()}
    ways = ("file://{}", "{}", "concat:{}|{}", "subfile,,start,0,end,0,,:{}", "crypto:file:{}")
    for number, way in enumerate(ways):
        # What the path alone stands for is on the server, where it is not.
        pages[f"/bad{number}.m3u8"] = _HLS.format(way.replace("{}", str(private))).encode()
    output = tmp_path / "out.mp4"
    with served(pages) as url:
        assert Engine(video_path=f"{url}/good.m3u8", output_path=output).run().frames_written == SECRET_FRAMES
        output.unlink()
        for number in range(len(ways)):
            with pytest.raises(FramechainError, match="cannot read"):
                Engine(video_path=f"{url}/bad{number}.m3u8", output_path=output).run()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["private.ts"]


def test_video_path_redirection_to_a_file_is_refused(private: Path, tmp_path: Path) -> None:
    with (
        served({}, redirect=f"file://{private}") as url,
        pytest.raises(FramechainError, match=r"cannot read .*clip\.ts"),
    ):
        Engine(video_path=f"{url}/clip.ts", output_path=tmp_path / "out.mp4").run()
    assert not (tmp_path / "out.mp4").exists()


# What reads this machine, or what another protocol reaches through.
_LOCAL = {"file", "concat", "concatf", "subfile", "pipe", "fd", "cache", "async", "tee", "ipfs", "unix", "md5"}


def test_make_safety_options_addresses_may_open_no_file() -> None:
    lists = [
        make_safety_options(f"{scheme}://host/a")["protocol_whitelist"] for scheme in ("http", "https", "rtsp", "rtsps")
    ]
    lists += [
        make_safety_options(f"{scheme}://host/a")["protocol_whitelist"] for scheme in ("rtmp", "udp", "tcp", "srt")
    ]
    for whitelist in lists:
        assert not set(whitelist.split(",")) & _LOCAL
    assert make_safety_options("clip.mp4")["protocol_whitelist"] == "file"


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


@pytest.mark.slow
def test_open_input_and_its_raw_stream_are_the_only_places_that_open_media_for_reading() -> None:
    readers = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for name, call in calls(ast.parse(path.read_text(encoding="utf-8"))):
            modes = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
            writes = [ast.unparse(mode) for mode in modes] == ["'w'"]
            if name.endswith("av.open") and not writes:
                readers.append(path.relative_to(PACKAGE).as_posix())
                assert "options" in [keyword.arg for keyword in call.keywords]
    assert readers == ["media/open_input.py", "media/raw_stream.py"]


# Outputs


def _link(path: Path, folder: Path) -> None:
    (folder / "treasure").write_text("precious")
    path.symlink_to(folder / "treasure")


def _broken_link(path: Path, folder: Path) -> None:
    path.symlink_to(folder / "nothing")


def _pipe(path: Path, folder: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path, folder: Path) -> None:
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(path))


# What a link that is there before leads to is written: tests/files/test_links.py.
SPECIAL = [
    *(("before", make) for make in (_pipe, _socket)),
    *(("meanwhile", make) for make in (_link, _broken_link, _pipe, _socket)),
]


@pytest.mark.skipif(os.name == "nt", reason="links need a right there, and there are no such pipes")
@pytest.mark.parametrize(("when", "make"), SPECIAL, ids=[f"{make.__name__}-{when}" for when, make in SPECIAL])
@pytest.mark.parametrize("suffix", [".mp4", ".png"])
def test_output_path_that_is_no_file_is_not_written_to(
    when: str, suffix: str, make: Callable[[Path, Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # A socket's path is short.
    target = Path(f"out{suffix}")
    arguments: dict[str, Any] = {"video_path": write_clip("clip.mp4", flats(3))}
    if suffix == ".png":
        assert cv2.imwrite("me.png", photo())
        arguments = {"image_path": "me.png"}
    seen: list[int] = []

    kinds: list[int] = []

    def look(frame: Array) -> Array:
        if not seen and when == "meanwhile":
            make(target, tmp_path)
            kinds.append(stat.S_IFMT(target.lstat().st_mode))
        seen.append(1)
        return frame

    if when == "before":
        make(target, tmp_path)
        kinds.append(stat.S_IFMT(target.lstat().st_mode))
    why = "it (has become a symbolic link|is a device or a pipe)"
    with pytest.raises(FramechainError, match=rf"cannot write out\{suffix}: {why}"):
        Engine(**arguments, output_path=target, custom_objects=[look]).run()
    assert bool(seen) == (when == "meanwhile")
    # It is still there, as what it was, and what it leads to is untouched.
    assert [stat.S_IFMT(target.lstat().st_mode)] == kinds
    treasure = tmp_path / "treasure"
    assert treasure.exists() == (make is _link)
    assert not treasure.exists() or treasure.read_text() == "precious"
    assert not list(tmp_path.glob(".*"))
    assert not (tmp_path / "nothing").exists()


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="there is no such device")
def test_output_path_device_is_refused() -> None:
    with pytest.raises(FramechainError, match="cannot write /dev/null: it is a device or a pipe"):
        AtomicOutput("/dev/null")


@pytest.mark.skipif(os.name == "nt", reason="other rights there")
@pytest.mark.parametrize("umask", [0, 0o022, 0o027, 0o077])
def test_output_temporary_files_are_private(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        with AtomicOutput(tmp_path / "out.mp4") as pending, ScratchFolder() as copies:
            modes = pending.path.stat().st_mode & 0o777, os.stat(copies).st_mode & 0o777
            pending.write(b"whole")
            pending.commit()
    finally:
        os.umask(before)
    assert modes == (0o600, 0o700)
    assert (tmp_path / "out.mp4").stat().st_mode & 0o777 == 0o666 & ~umask
    assert (tmp_path / "out.mp4").read_bytes() == b"whole"


# Code

_DANGERS = {
    "a module that runs what a file says": (
        "import pickle", "from joblib import load", "import yaml as y", "import marshal",
    ),
    "another program": (
        "import subprocess", "from subprocess import run", "import os\nos.system('x')", "import os\nos.execv('x', [])",
    ),
    "text that is run": ("eval('1')", "exec('1')"),
    "a guessed name": ("import tempfile\ntempfile.mktemp()",),
    "arrays that are unpickled": ("import numpy as np\nnp.load('f', allow_pickle=True)",),
    "av in another order": ("import av", "from av.codec import Codec", "def f():\n    import av"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("code", [code for codes in _DANGERS.values() for code in codes])
def test_ruff_refuses_dangerous_code_in_the_package(code: str, repository: Path) -> None:
    """`.ci/run` runs ruff over the package; this shows that its rules see what they are there for."""
    for name, is_refused in (("framechain/media/new.py", True), ("tests/media/test_new.py", False)):
        command = [sys.executable, "-m", "ruff", "check", "--select", "S,TID251", "--stdin-filename", name, "-"]
        done = subprocess.run(command, input=code, cwd=repository, capture_output=True, text=True, timeout=PATIENCE)
        assert (done.returncode, done.stderr) == (int(is_refused), ""), done.stdout
