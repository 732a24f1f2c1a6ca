"""What the tables of a track promise is never less than the index that FFmpeg makes of them."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.bombs import MEDIA_START, box, movie, numbers, track

from framechain.media.containers import index_size
from framechain.media.containers.index_size import IndexSize
from framechain.pixels.pyav import av

CALM = settings(max_examples=60, deadline=None, database=None)


def count(data: bytes) -> IndexSize:
    index = IndexSize("clip")
    index.add(io.BytesIO(data), 0, len(data))
    return index


def index_of_ffmpeg(data: bytes) -> list[int]:
    """The number of entries in FFmpeg's index of each stream."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        path.write_bytes(data)
        try:
            with av.open(str(path)) as container:
                return [len(stream.index_entries) for stream in container.streams]
        except av.error.InvalidDataError:
            return [0]


def edited_track(
    steps: list[tuple[int, int]], keys: list[int] | None, offsets: list[tuple[int, int]], edits: list[tuple[int, int]]
) -> bytes:
    """A track with tables of its own: runs of steps, key frames, runs of composition offsets, parts shown."""
    samples = sum(run for run, _ in steps)
    table = track(samples=samples)
    own = box(b"stts", numbers(0, len(steps), *(number for run in steps for number in run)))
    if keys is not None:
        own += box(b"stss", numbers(0, len(keys), *keys))
    if offsets:
        own += box(b"ctts", numbers(0, len(offsets), *(number for run in offsets for number in run)))
    plain = box(b"stts", numbers(0, 1, samples, 1))
    shown = b"".join(numbers(length, start, 1 << 16) for start, length in edits)
    content = table[8:].replace(plain, own)
    place = content.index(b"mdia") - 4
    content = content[:place] + box(b"edts", box(b"elst", numbers(0, len(edits)), shown)) + content[place:]
    return _with_lengths(content, len(own) - len(plain))


def _with_lengths(content: bytes, added: int) -> bytes:
    """A track's content whose boxes around its tables have grown by so many bytes."""
    for kind in (b"mdia", b"minf", b"stbl"):
        place = content.index(kind) - 4
        length = int.from_bytes(content[place : place + 4], "big") + added
        content = content[:place] + numbers(length) + content[place + 4 :]
    return box(b"trak", content)


@CALM
@given(
    steps=st.lists(st.tuples(st.integers(1, 30), st.sampled_from([0, 1, 2, 40])), min_size=1, max_size=4),
    keys=st.none() | st.lists(st.integers(1, 60), min_size=1, max_size=6, unique=True).map(sorted),
    offsets=st.lists(st.tuples(st.integers(1, 60), st.sampled_from([0, 1, 40, 300])), max_size=2),
    edits=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=2, max_size=8),
)
def test_index_size_edited_samples_are_at_least_those_of_ffmpeg(
    steps: list[tuple[int, int]], keys: list[int] | None, offsets: list[tuple[int, int]], edits: list[tuple[int, int]]
) -> None:
    data = movie(edited_track(steps, keys, offsets, edits))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_size, "FREE_SAMPLES", 0)
        promised = count(data)
    (entries,) = index_of_ffmpeg(data)
    samples = sum(run for run, _ in steps)
    assert max(samples, entries) <= promised.samples <= samples * len(edits)


def test_index_size_edits_of_a_long_film_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit decision list of 500 parts is no attack."""
    monkeypatch.setattr(index_size, "FREE_SAMPLES", 1000)
    keys = list(range(1, 100_001, 25))
    edits = [(200 * number, 200) for number in range(500)]
    data = movie(edited_track([(100_000, 1)], keys, [], edits))
    assert index_of_ffmpeg(data)[0] <= count(data).samples <= 130_000
    monkeypatch.setattr(index_size, "FREE_SAMPLES", 50_000_000)
    assert count(data).samples == 50_000_000  # Without a closer look: that many do no harm.


@CALM
@given(
    chunks=st.integers(1, 12),
    runs=st.lists(st.tuples(st.integers(1, 14), st.integers(0, 20_000)), min_size=1, max_size=4),
)
def test_index_size_blocks_of_pcm_are_at_least_those_of_ffmpeg(chunks: int, runs: list[tuple[int, int]]) -> None:
    data = movie(track(samples=5), track(2, audio=True, samples=20_000, chunks=(MEDIA_START,) * chunks))
    plain = box(b"stsc", numbers(0, 1, 1, 20_000, 1))
    table = box(b"stsc", numbers(0, len(runs), *(number for run in runs for number in (*run, 1))))
    place = data.rindex(b"trak") - 4
    grown = data[:place] + _with_lengths(data[place + 8 :].replace(plain, table), len(table) - len(plain))
    grown = _with_movie_length(grown, data)
    promised = count(grown)
    assert promised.samples == 5
    # Half a block per chunk is not counted: its chunk takes bytes.
    assert promised.blocks >= index_of_ffmpeg(grown)[-1] - chunks


def _with_movie_length(grown: bytes, before: bytes) -> bytes:
    place = before.index(b"moov") - 4
    return grown[:place] + numbers(len(grown) - place) + grown[place + 4 :]


@pytest.mark.parametrize("version", [0, 1])
def test_index_size_fragments_count_for_each_track(version: int) -> None:
    tracks = [track(1 + number) for number in range(3)]
    times = numbers(*(0,) * (2 << version))
    segments = box(b"sidx", numbers(version << 24, 1, 1000), times, numbers(7), numbers(100, 1, 0) * 7)
    data = movie(*tracks, fragmented=True, after=segments + box(b"moof") * 5)
    assert count(data).blocks == 3 * (7 + 5)


@pytest.mark.parametrize("where", ["stsd", "iprp", "meta", "free", "udta", "tref"])
def test_index_size_tables_in_odd_places_are_counted(where: str) -> None:
    table = box(b"stsz", numbers(0, 1, 77))
    content = {
        "stsd": box(b"stsd", numbers(0, 1), box(b"mp4v", bytes(78), table)),
        "meta": box(b"meta", numbers(0), box(b"hdlr", bytes(24)), table),
    }.get(where, box(where.encode(), table))
    assert count(box(b"moov", box(b"trak", content))).samples == 77


def test_index_size_words_of_a_title_are_no_boxes() -> None:
    title = b"The Mittelstand, trunk and stsz: a film"
    data = movie(track(samples=5), after=box(b"udta", box(b"\xa9nam", title), box(b"meta", numbers(0), title)))
    assert count(data).samples == 5


def test_index_size_sizes_of_samples_may_look_like_boxes() -> None:
    sizes = np.frombuffer(b"trun" * 50, ">u4")
    assert count(movie(track(samples=50, sizes=sizes.tobytes()))).samples == 50
