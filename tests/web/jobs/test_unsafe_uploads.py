"""An upload makes the server read nothing but itself: no other file, no other host, whatever it is called."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.bombs import box
from support.media import flat, photos, write_clip
from support.web_jobs import Browser, Served, visit

from framechain.pixels.pyav import av

SECRET_GREY = 200

_HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:0.2,\n{}\n#EXT-X-ENDLIST\n"
_SVG = (
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" width="64" '
    'height="48"><image x:href="{}" width="64" height="48"/></svg>'
)
_SDP = (
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns={}\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 50040 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
)
_DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" '
    'profiles="urn:mpeg:dash:profile:isoff-main:2011"><Period><AdaptationSet mimeType="video/mp4">'
    '<Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>'
)
_LISTS = {
    "m3u8": _HLS,
    "concat": "ffconcat version 1.0\nfile '{}'\n",
    "sdp": _SDP,
    "mpd": _DASH,
    "svg": _SVG,
    "ffmetadata": ";FFMETADATA1\ntitle={}\n",
}


@contextlib.contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """Note who connects to a port of this machine."""
    callers: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, caller = server.accept()
                    callers.append(caller)
                    connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1], callers
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("kind", _LISTS)
@pytest.mark.parametrize("way", ["{}", "file://{}", "http://127.0.0.1:{port}/private.ts", "tcp://127.0.0.1:{port}"])
def test_upload_of_a_list_reads_no_file_and_asks_no_host(kind: str, way: str, tmp_path: Path) -> None:
    private = write_clip(tmp_path / "private.ts", [flat(SECRET_GREY)] * 3)
    with listening() as (port, callers):
        target = way.replace("{port}", str(port)).replace("{}", str(private))
        content = _LISTS[kind].format(target).encode()

        async def use(browser: Browser, served: Served) -> None:
            for name in (f"clip.{kind}", "clip.m3u8", "clip.mp4", f"http://127.0.0.1:{port}/x.m3u8", "me.jpg"):
                job = await browser.process(content, name)
                assert (job["state"], job["result"]) == ("failed", None), job
                assert str(tmp_path) not in job["message"]
                assert job["message"].startswith("cannot read ")

        visit(use)
        assert callers == []


def test_upload_beside_the_parts_that_a_list_names_reads_none_of_them(tmp_path: Path) -> None:
    clip = Path(write_clip(tmp_path / "private.ts", photos(3)))

    async def use(browser: Browser, served: Served) -> None:
        assert (await browser.process(clip, "private.ts"))["state"] == "done"
        (original,) = (path for path in served.list_files() if not path.suffix)
        for kind in ("m3u8", "concat"):
            for way in (original.name, str(original), "/api/jobs"):
                job = await browser.process(_LISTS[kind].format(way).encode(), f"clip.{kind}")
                assert (job["state"], job["result"]) == ("failed", None)
                assert original.name not in job["message"]

    visit(use)


def make_alias(path: str) -> bytes:
    """Make QuickTime's reference to a file by its absolute path, as FFmpeg's mov_read_dref reads it."""
    name = path.encode()
    name += b"\0" * (len(name) % 2)
    start = bytes(4 + 10) + bytes(1 + 27 + 12) + bytes(1 + 63 + 16) + bytes(2 + 2 + 16)
    return box(b"alis", start, struct.pack(">HH", 2, len(name)), name, b"\xff\xff\0\0")


def make_movie_that_refers(whole: Path) -> bytes:
    """Make a movie without frames of its own: they are in another one, at the same place."""
    content = whole.read_bytes()
    place = content.index(b"url \0\0\0\1") - 4
    entry = make_alias(str(whole))
    made = bytearray(content[:place] + entry + content[place + 12 :])
    for parent in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        at = content.index(parent) - 4
        struct.pack_into(">I", made, at, struct.unpack_from(">I", content, at)[0] + len(entry) - 12)
    frames = content.index(b"mdat") + 4
    assert frames < place
    made[frames : content.index(b"moov") - 4] = bytes(content.index(b"moov") - 4 - frames)
    return bytes(made)


def test_upload_of_a_movie_whose_frames_are_in_another_file_does_not_read_it(tmp_path: Path) -> None:
    private = tmp_path / "private.mov"
    write_clip(private, [flat(SECRET_GREY)] * 3)
    content = make_movie_that_refers(private)
    # FFmpeg would follow it if it were allowed to.
    (tmp_path / "clip.mov").write_bytes(content)
    with av.open(str(tmp_path / "clip.mov"), options={"enable_drefs": "1", "use_absolute_path": "1"}) as container:
        found = [frame.to_ndarray(format="gray")[20, 20] for frame in container.decode(video=0)]
    assert found == pytest.approx([SECRET_GREY] * 3, abs=3)

    async def use(browser: Browser, served: Served) -> None:
        job = await browser.process(content, "clip.mov")
        assert (job["state"], job["result"]) == ("failed", None), job
        assert str(tmp_path) not in job["message"]

    visit(use)
