"""The tables of a track in mp4 and mov files, and how many samples and blocks FFmpeg makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from .edit_lists import read_edits

Numbers = NDArray[np.float64]

COLUMNS = {b"stts": 2, b"ctts": 2, b"stsc": 3, b"stss": 1}
"""The tables that are read, and how many numbers a row of each has."""

# FFmpeg makes blocks of PCM: of 1024 samples, and not less than half of that.
_LEAST_BLOCK = 512
# With more edits, or more samples without a duration, they are not looked at one by one.
_MOST_EDITS, _MOST_EQUAL = 10_000, 1000


@dataclass
class Track:
    """What the header of a track promises.

    Attributes:
        samples: How many samples, without repetitions.
        chunks: How many chunks.
        handlers: What the track is: video or audio.
        scales: Ticks per second.
        edits: The content of each edit list, and its number of edits.
        tables: For each of `COLUMNS` the content of each such table, and its number of rows.
    """

    samples: int = 0
    chunks: int = 0
    handlers: list[bytes] = field(default_factory=list)
    scales: list[int] = field(default_factory=list)
    edits: list[tuple[int, int, int]] = field(default_factory=list)
    tables: dict[bytes, list[tuple[int, int]]] = field(default_factory=lambda: {kind: [] for kind in COLUMNS})

    def read(self, file: BinaryIO, kind: bytes) -> Numbers:
        """Return the rows of all tables of a kind."""
        parts = [np.zeros((0, COLUMNS[kind]))]
        for content, rows in self.tables[kind]:
            file.seek(content + 8)
            data = file.read(4 * rows * COLUMNS[kind])
            whole = len(data) // (4 * COLUMNS[kind]) * 4 * COLUMNS[kind]
            parts.append(np.frombuffer(data[:whole], ">u4").reshape(-1, COLUMNS[kind]).astype(np.float64))
        return np.concatenate(parts)


def is_pcm(track: Track, times: Numbers) -> bool:
    """Return whether FFmpeg keeps a track in blocks: audio whose samples take one tick each."""
    one_each = all(rows == 1 for _, rows in track.tables[b"stts"]) and bool((times[:, 1] == 1).all())
    return b"soun" in track.handlers and b"vide" not in track.handlers and one_each


def count_blocks(track: Track, runs: Numbers) -> int:
    """Return how many blocks FFmpeg makes of a track that it keeps in blocks, at the most.

    Args:
        track: The track.
        runs: Its table of chunks (`stsc`): the first chunk of each run, and the samples in each of its chunks.
    """
    if not len(runs):
        return 0
    per_chunk = np.floor(runs[:, 1] / _LEAST_BLOCK)
    lengths = np.diff(np.append(runs[:, 0], track.chunks + 1))
    if (lengths[:-1] <= 0).any() or lengths[-1] < 0:  # FFmpeg corrects a table that is not in order.
        return int(track.chunks * per_chunk.max())
    return int((lengths * per_chunk).sum())


def count_edited_samples(file: BinaryIO, track: Track, movie_scales: Sequence[int], free: int) -> int:
    """Return how many samples there are with the repetitions of the edit list, at the most.

    FFmpeg begins each part at the key frame before it, and ends it at the next one.

    Args:
        file: The file.
        track: The track.
        movie_scales: Ticks per second of the edit list's durations.
        free: So many need no closer look.
    """
    count = sum(rows for *_, rows in track.edits)
    most = track.samples * max(1, count)
    tables = (track.tables[b"stts"], track.tables[b"ctts"], track.tables[b"stss"])
    # Of several tables of a kind, which one FFmpeg takes is not known.
    is_plain = max(len(track.edits), len(track.scales), len(movie_scales), *map(len, tables)) == 1
    if count < 2 or most <= free or not is_plain or count > _MOST_EDITS:
        return most
    times = track.read(file, b"stts")
    # Samples without a duration are at one moment, and FFmpeg may take any of them for the one that is looked for.
    equal = times[times[:, 1] == 0, 0].sum()
    if equal > _MOST_EQUAL:
        return most
    edits = [edit for edit in read_edits(file, *track.edits[0][:2]) if edit.start >= 0]
    starts = np.array([edit.start for edit in edits], np.float64)
    lengths = np.array([edit.duration for edit in edits], np.float64) * track.scales[0] / max(1, movie_scales[0])
    lengths[lengths == 0] = np.inf  # FFmpeg takes this for all the rest.
    # What is shown when, and what is decoded when, differ by these.
    offsets = track.read(file, b"ctts")[:, 1].astype(np.uint32).view(np.int32)
    late, early = (max(0, int(offsets.max())), max(0, -int(offsets.min()))) if len(offsets) else (0, 0)
    first = _find_samples(times, starts - late) - equal - 1
    last = _find_samples(times, starts + lengths + early) + equal + 1
    if tables[2]:
        keys = np.sort(track.read(file, b"stss")[:, 0] - 1)
        for _ in range(2 if equal else 1):
            first = np.concatenate(([0], keys))[np.searchsorted(keys, first, "right")] - equal
        # With reordered frames FFmpeg may go on to a further key frame.
        last = np.concatenate((keys, [track.samples] * 2))[np.searchsorted(keys, last) + (len(offsets) > 0)]
    shown = np.clip(np.minimum(last, track.samples) - np.maximum(first, 0) + 1, 0, track.samples)
    return max(track.samples, int(shown.sum()))


def _find_samples(times: Numbers, moments: Numbers) -> Numbers:
    """Return the number of the sample at each moment."""
    ends, counts = np.cumsum(times[:, 0] * times[:, 1]), np.cumsum(times[:, 0])
    run = np.searchsorted(ends, np.minimum(moments, ends[-1] if len(ends) else 0.0))
    inside = np.floor((moments - np.append(0.0, ends)[run]) / np.maximum(1.0, np.append(times[:, 1], 1.0)[run]))
    found: Numbers = np.minimum(np.append(0.0, counts)[run] + inside, counts[-1] if len(counts) else 0.0)
    return found
