"""The guides' own programs, on inputs that have what the guides are about."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import framechain
from framechain import Engine
from framechain.pixels.pyav import av

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
CLIP = ROOT / "samples" / "clip.mp4"
SUBTITLES = """1
00:00:00,100 --> 00:00:00,300
Good morning.

2
00:00:00,400 --> 00:00:00,600
Today I speak about mattes.
"""
CHAPTERS = ["Welcome", "The subject"]
FONT = b"OTTO, and what else a font has"


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Matroska file with two tracks of audio and two of subtitles, a font, two chapters and a title."""
    folder = tmp_path_factory.mktemp("talk")
    clip, text, path = folder / "clip.mp4", folder / "en.srt", folder / "talk.mkv"
    with framechain.write(clip, fps=30, audio=CLIP) as out:
        for frame in islice(framechain.read(CLIP), 20):
            out(frame.bgr)
    text.write_text(SUBTITLES, encoding="utf-8")
    inputs = [(clip, "video", "und"), *((file, kind, language) for file, kind in ((clip, "audio"), (text, "subtitle"))
              for language in ("eng", "deu"))]  # fmt: skip
    with av.open(str(path), "w") as mkv:
        mkv.metadata["title"] = "A talk"
        mkv.add_attachment("font.otf", "font/otf", FONT)
        chapters = [(number, 300 * number, {"title": title}) for number, title in enumerate(CHAPTERS)]
        keys = ("id", "start", "metadata", "end", "time_base")
        mkv.set_chapters([dict(zip(keys, (*c, c[1] + 300, Fraction(1, 1000)), strict=True)) for c in chapters])
        packets: list[tuple[Any, Any]] = []
        for file, kind, language in inputs:
            source = av.open(str(file))
            stream = next(stream for stream in source.streams if stream.type == kind)
            copy = mkv.add_stream_from_template(stream)
            copy.metadata["language"] = language
            packets += [(packet, copy) for packet in source.demux(stream) if packet.dts is not None]
        for packet, copy in sorted(packets, key=lambda pair: pair[0].dts * pair[0].time_base):
            packet.stream = copy
            mkv.mux(packet)
    return path


def read_packets(path: Path, kind: str) -> list[list[tuple[Fraction, bytes]]]:
    """Read the times and bytes of all packets of each stream of a kind."""
    with av.open(str(path)) as container:
        found: dict[int, list[tuple[Fraction, bytes]]] = {s.index: [] for s in container.streams if s.type == kind}
        for packet in container.demux():
            if packet.stream.index in found and packet.pts is not None and packet.time_base is not None:
                found[packet.stream.index].append((packet.pts * packet.time_base, bytes(packet)))
    return list(found.values())


def read_chapters(path: Path) -> list[tuple[str, Fraction]]:
    with av.open(str(path)) as container:
        chapters: list[Any] = container.chapters()
        return [(chapter["metadata"]["title"], chapter["start"] * chapter["time_base"]) for chapter in chapters]


def read_put_back() -> Callable[[str, str, str], None]:
    """Take the function of the page."""
    page = (ROOT / "docs" / "guides" / "subtitles.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)\n\nEngine\(", page, re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(found[1], names)
    return names["put_back"]  # type: ignore[no-any-return]


def test_subtitles_guide_puts_back_what_a_run_loses(talk: Path) -> None:
    result, complete = talk.with_name("talk_out.mkv"), talk.with_name("talk_complete.mkv")
    Engine(video_path=str(talk), custom_objects=[lambda frame: 255 - frame]).run()
    # What the page's table says: if a run keeps one of these one day, the page is to be rewritten.
    assert read_packets(result, "audio") == read_packets(talk, "audio")[:1]
    assert read_packets(result, "subtitle") == []
    assert read_chapters(result) == []

    read_put_back()(str(result), str(talk), str(complete))

    assert [len(packets) for packets in read_packets(complete, "subtitle")] == [2, 2]
    for kind in ("audio", "subtitle"):
        assert read_packets(complete, kind) == read_packets(talk, kind)
    assert read_packets(complete, "video") == read_packets(result, "video")
    assert read_chapters(complete) == read_chapters(talk)
    assert [title for title, _ in read_chapters(complete)] == CHAPTERS
    with av.open(str(complete)) as container:
        assert container.metadata["title"] == "A talk"
        assert [font.data for font in container.streams.attachments] == [FONT]
        assert [stream.language for stream in container.streams.subtitles] == ["eng", "deu"]
        assert [stream.language for stream in container.streams.audio] == ["eng", "deu"]
