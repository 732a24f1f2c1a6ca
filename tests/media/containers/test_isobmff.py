"""Mp4 and mov files of a few bytes that FFmpeg would make gigabytes of, and those that only look alike."""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.audio import beeps, hear
from support.media import flats, see, write_clip

from framechain import Engine, FramechainError
from framechain.backgrounds import Video
from framechain.media.containers import index_size
from framechain.media.containers.boxes import iterate_boxes
from framechain.media.containers.edit_lists import read_edit_list
from framechain.media.containers.index_size import MOST_HEADER_BYTES, MOST_SAMPLES
from framechain.media.containers.isobmff import check_isobmff


def box(kind: bytes, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def clip(tmp_path: Path, name: str = "clip.mp4") -> Path:
    """The header first, as one box."""
    return Path(write_clip(tmp_path / name, flats(5), container_options={"movflags": "+faststart"}))


def split(path: Path) -> tuple[bytes, bytes, bytes]:
    """What stands before a file's header, the header, and the rest."""
    data = path.read_bytes()
    start = data.index(b"moov") - 4
    end = start + int.from_bytes(data[start : start + 4], "big")
    return data[:start], data[start:end], data[end:]


def many_samples(path: Path, count: int) -> None:
    """Promise more samples of one byte each."""
    before, header, rest = split(path)
    place = header.index(b"stsz")
    length = int.from_bytes(header[place - 4 : place], "big")
    # Of one size for all there is no table; what is left of it is skipped.
    table = box(b"stsz", numbers(0, 1, count)) + box(b"free", bytes(length - 28))
    path.write_bytes(before + header[: place - 4] + table + header[place - 4 + length :] + rest)


def packed(path: Path, content: bytes, promised: int | None = None) -> None:
    """Put a packed header in the place of the header."""
    before, header, rest = split(path)
    movie = box(b"cmvd", numbers(len(content) if promised is None else promised), zlib.compress(content, 9))
    moov = box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), movie))
    fill = len(header) - len(moov)
    path.write_bytes(before + moov + (box(b"free", bytes(fill - 8)) if fill >= 8 else b"") + rest)


def check_refused(path: Path, why: str) -> None:
    names = set(path.parent.iterdir())
    for opened in (Engine(video_path=path).run, lambda: Video(path)):
        with pytest.raises(FramechainError, match=rf"cannot read .*clip\.mp4: its {why}"):
            opened()
    assert set(path.parent.iterdir()) == names


def test_check_isobmff_too_many_samples_are_refused(tmp_path: Path) -> None:
    path = clip(tmp_path)
    many_samples(path, 5)
    check_isobmff(str(path), "clip")
    many_samples(clip(tmp_path), MOST_SAMPLES + 1)
    check_refused(path, f"header promises {MOST_SAMPLES + 1} video frames and audio samples, and more than")


def test_check_isobmff_counts_the_samples_of_all_tracks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_size, "MOST_SAMPLES", 2000)
    path = tmp_path / "clip.mp4"
    track = box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", box(b"stsz", numbers(0, 1, 1000))))))
    path.write_bytes(box(b"ftyp", b"isom") + box(b"moov", track * 2))
    check_isobmff(str(path), "clip")
    path.write_bytes(box(b"ftyp", b"isom") + box(b"moov", track * 2, track))
    with pytest.raises(FramechainError, match="and more than"):
        check_isobmff(str(path), "clip")


@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
def test_check_isobmff_pcm_audio_may_have_any_number_of_samples(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_size, "MOST_SAMPLES", 1000)
    source = write_clip(tmp_path / f"clip{suffix}", flats(25), audio=beeps(1.0, "pcm_s16le"))
    result = Engine(video_path=source, output_path=tmp_path / "out.mov", progress=False).run()
    assert see(tmp_path / "out.mov").count == result.frames_written == 25
    assert hear(tmp_path / "out.mov").end == pytest.approx(1.0, abs=0.001)
    monkeypatch.setattr(index_size, "MOST_SAMPLES", 20)
    with pytest.raises(FramechainError, match="promises 25 video frames"):
        Engine(video_path=source, output_path=tmp_path / "other.mov").run()


def test_video_source_compressed_header_is_read(tmp_path: Path) -> None:
    path = clip(tmp_path)
    packed(path, split(path)[1])
    assert see(path).count == Engine(video_path=path, progress=False).run().frames_written == 5


@pytest.mark.slow
@pytest.mark.parametrize("promised", [None, 1000])
def test_check_isobmff_compressed_header_too_large_is_refused(promised: int | None, tmp_path: Path) -> None:
    path = clip(tmp_path)
    packed(path, bytes(MOST_HEADER_BYTES + 100), promised)
    assert path.stat().st_size < 100_000
    check_refused(path, "compressed header is larger than 64 MB once it is decompressed")


def test_check_isobmff_compressed_header_is_scanned(tmp_path: Path) -> None:
    path = clip(tmp_path)
    many_samples(path, MOST_SAMPLES + 1)
    packed(path, split(path)[1])
    check_refused(path, "header promises")
    again = clip(tmp_path)
    inner = box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", numbers(99), zlib.compress(bytes(99)))))
    packed(again, inner)
    check_refused(again, "compressed header")


def test_iterate_boxes_gives_all_boxes() -> None:
    large, last = struct.pack(">I4sQ", 1, b"wide", 24) + bytes(8), struct.pack(">I4s", 0, b"mdat") + b"abc"
    data = box(b"free", b"x") + large + last
    assert list(iterate_boxes(io.BytesIO(data), 0, len(data))) == [
        (b"free", 8, 9),
        (b"wide", 25, 33),
        (b"mdat", 41, 44),
    ]


@settings(max_examples=150, deadline=None, database=None)
@given(st.data())
def test_check_isobmff_random_boxes_end_as_promised(data: st.DataObject) -> None:
    kinds = st.sampled_from([b"moov", b"trak", b"stbl", b"stsz", b"stts", b"hdlr", b"cmov", b"cmvd", b"mdat"])
    lengths = st.one_of(st.integers(0, 40), st.sampled_from([0, 1, 8, 16, 0xFFFFFFFF]))
    parts = data.draw(st.lists(st.tuples(lengths, kinds, st.binary(max_size=24)), max_size=12))
    content = b"".join(struct.pack(">I4s", length, kind) + rest for length, kind, rest in parts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        path.write_bytes(content)
        try:
            check_isobmff(str(path), "clip")
        except FramechainError as error:
            assert str(error).startswith("cannot read clip: its ")  # noqa: PT017


def test_read_edit_list_header_cut_in_a_track_gives_none(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(struct.pack(">I4sI4sI4s", 0, b"moov", 0, b"trak", 0, b"tkhd"))
    assert read_edit_list(str(path), 1) == ()


def test_check_isobmff_endless_nesting_is_survived(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(struct.pack(">I4s", 0, b"moov") * 50_000)
    check_isobmff(str(path), "clip")


def test_check_isobmff_endless_boxes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_size, "_MOST_BOXES", 1000)
    path = tmp_path / "clip.mp4"
    path.write_bytes(box(b"skip") * 1000)
    check_isobmff(str(path), "clip")
    path.write_bytes(box(b"skip") * 1001)
    with pytest.raises(FramechainError, match="cannot read clip: it has more than 1000 boxes"):
        check_isobmff(str(path), "clip")
