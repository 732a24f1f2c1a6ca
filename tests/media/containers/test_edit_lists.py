"""Edit lists of mp4 and mov: what FFmpeg follows comes out at the right times, and what it does not is said."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.audio import beeps, hear
from support.media import flats, level, see, write_clip

from framechain import Encoding, Engine, FramechainWarning
from framechain.media.containers.edit_lists import Edit, describe_unsupported_edits, read_edit_list
from framechain.pixels.pyav import av

RATE, MOVIE_TICKS, VIDEO_TICKS, AUDIO_TICKS = 25, 1000, 12800, 48000
GAP = -1
Part = tuple[float, float] | tuple[float, float, float]
"""Where a part of the media begins, or GAP where there is none; how long it is shown, in seconds; how fast."""

IN_ORDER = {"preset": "ultrafast", "qp": "0", "g": "8"}
REORDERED = {"preset": "medium", "crf": "5", "g": "8", "bf": "3", "b-adapt": "0"}
BEEPS = (0.2, 0.6, 1.3, 1.7)


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place < len(data):
        (size,) = struct.unpack_from(">I", data, place)
        yield data[place + 4 : place + 8], data[place + 8 : place + size]
        place += size


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def edit_list(parts: Sequence[Part], ticks: int, first: int, version: int) -> bytes:
    entries = b""
    for start, length, *speed in parts:
        begin = -1 if start == GAP else round(start * ticks) + first
        rate = round((speed[0] if speed else 1) * 65536)
        entries += struct.pack(">QqI" if version else ">IiI", round(length * MOVIE_TICKS), begin, rate)
    return box(b"edts", box(b"elst", struct.pack(">B3xI", version, len(parts)) + entries))


def with_edits(
    source: str, path: Path, image: Sequence[Part], audio: Sequence[Part] | None = None, *, version: int = 0
) -> str:
    """A copy with other edit lists; the index must follow the images."""
    with av.open(source) as container:
        # Where frames are reordered, or an encoder needs samples to begin with, the media begins later than at 0.
        video, audio_streams = container.streams.video[0], container.streams.audio
        delay = 2 * VIDEO_TICKS // RATE if video.codec_context.has_b_frames else 0
        priming = 1024 if audio_streams and audio_streams[0].codec_context.name == "aac" else 0
    lists = [edit_list(image, VIDEO_TICKS, delay, version)]
    lists += [edit_list(image if audio is None else audio, AUDIO_TICKS, priming, version)]
    whole = b""
    for kind, content in boxes(Path(source).read_bytes()):
        if kind == b"moov":
            changed = b""
            for inner_kind, inner in boxes(content):
                if inner_kind == b"trak":
                    others = [(name, body) for name, body in boxes(inner) if name != b"edts"]
                    edits = lists.pop(0)
                    inner = b"".join(box(name, body) + edits * (name == b"tkhd") for name, body in others)
                changed += box(inner_kind, inner)
            content = changed
        whole += box(kind, content)
    path.write_bytes(whole)
    return str(path)


def frames_of(parts: Sequence[Part]) -> tuple[list[int], list[Fraction]]:
    """The greys and times of the frames that an edit list asks for."""
    greys: list[int] = []
    times: list[Fraction] = []
    shown = Fraction(0)
    for start, length, *_ in parts:
        count = round(length * RATE)
        if start != GAP:
            greys += [level(round(start * RATE) + index) for index in range(count)]
            times += [shown + Fraction(index, RATE) for index in range(count)]
        shown += Fraction(count, RATE)
    return greys, times


def beeps_of(parts: Sequence[Part]) -> list[float]:
    heard: list[float] = []
    shown = 0.0
    for start, length, *_ in parts:
        heard += [shown + beep - start for beep in BEEPS if start != GAP and start <= beep < start + length]
        shown += length
    return heard


def run(path: str, suffix: str = ".mp4", **arguments: Any) -> str:
    output = Path(path).with_name(f"result{suffix}")
    return Engine(video_path=path, output_path=output, encoding=Encoding(crf=5), **arguments).run().output_path or ""


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two seconds of frames that can be distinguished, with beeps."""
    folder = tmp_path_factory.mktemp("edits")
    kinds = {"in-order.mp4": (IN_ORDER, "aac"), "b-frames.mp4": (REORDERED, "aac"), "pcm.mov": (IN_ORDER, "pcm_s16le")}
    return {
        name: write_clip(folder / name, flats(50), options=options, audio=beeps(2.0, audio, at=BEEPS))
        for name, (options, audio) in kinds.items()
    }


ONE_PART: dict[str, list[Part]] = {
    "all": [(0, 2)],
    "without-its-beginning": [(0.44, 1.56)],
    "without-beginning-and-end": [(0.52, 0.8)],
    "from-a-key-frame": [(0.96, 1.04)],
    "a-single-frame": [(0.52, 0.04)],
}
SEVERAL: dict[str, list[Part]] = {
    "reordered": [(1, 1), (0, 1)],
    "repeated": [(0.48, 0.4), (0.48, 0.4), (0.48, 0.4)],
    "something-cut-out": [(0, 0.48), (1.2, 0.8)],
    "longer-than-the-media": [(0, 2), (0, 2)],
}


@pytest.mark.parametrize("name", ["in-order.mp4", "b-frames.mp4", "pcm.mov"])
@pytest.mark.parametrize("parts", ONE_PART.values(), ids=ONE_PART)
def test_edit_list_hidden_parts_stay_hidden(
    parts: list[Part], name: str, media: dict[str, str], tmp_path: Path
) -> None:
    output = run(with_edits(media[name], tmp_path / f"clip{Path(name).suffix}", parts))
    greys, times = frames_of(parts)
    after = see(output)
    assert (after.greys(), after.times) == (pytest.approx(greys, abs=3), times)
    if parts != ONE_PART["a-single-frame"]:
        assert hear(output).onsets() == pytest.approx(beeps_of(parts), abs=0.03)


@pytest.mark.parametrize("name", ["in-order.mp4", "pcm.mov"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize("parts", SEVERAL.values(), ids=SEVERAL)
def test_edit_list_parts_come_in_its_order_and_number(
    parts: list[Part], suffix: str, name: str, media: dict[str, str], tmp_path: Path
) -> None:
    output = run(with_edits(media[name], tmp_path / f"clip{Path(name).suffix}", parts), suffix)
    greys, times = frames_of(parts)
    after = see(output)
    start = after.times[0]  # Matroska has no edit lists: there the audio's priming comes before the first image.
    assert start < Fraction(1, 20)
    assert after.greys() == pytest.approx(greys, abs=3)
    assert [time - start for time in after.times] == pytest.approx(times, abs=0.0011)
    # Packets are 21 ms long, and only whole ones are kept or left out.
    heard = hear(output)
    assert [onset - start for onset in heard.onsets()] == pytest.approx(beeps_of(parts), abs=0.03)
    assert heard.end - start == pytest.approx(sum(length for _, length, *_ in parts), abs=0.05)


@pytest.mark.parametrize("name", ["in-order.mp4", "b-frames.mp4"])
def test_edit_list_pause_before_video_or_audio_is_kept(name: str, media: dict[str, str], tmp_path: Path) -> None:
    late, whole = [(GAP, 0.4), (0, 2)], [(0, 2)]
    output = run(with_edits(media[name], tmp_path / "clip.mp4", late, whole))
    assert see(output).times == frames_of(late)[1]
    assert hear(output).onsets() == pytest.approx(BEEPS, abs=0.03)
    output = run(with_edits(media[name], tmp_path / "clip.mp4", whole, late))
    assert see(output).times == frames_of(whole)[1]
    assert hear(output).onsets() == pytest.approx(beeps_of(late), abs=0.03)
    # Where both wait, nobody does.
    output = run(with_edits(media[name], tmp_path / "clip.mp4", late))
    assert see(output).times == frames_of(whole)[1]
    assert hear(output).onsets() == pytest.approx(BEEPS, abs=0.03)


def test_read_edit_list_version_1_is_read(media: dict[str, str], tmp_path: Path) -> None:
    path = with_edits(media["in-order.mp4"], tmp_path / "clip.mp4", [(GAP, 0.4), (1, 1, 0.5)], version=1)
    assert read_edit_list(path, 1) == (Edit(400, -1, 65536), Edit(1000, 12800, 32768))
    assert read_edit_list(path, 2) == (Edit(400, -1, 65536), Edit(1000, 49024, 32768))
    assert read_edit_list(path, 3) == ()


@pytest.mark.parametrize("parts", SEVERAL.values(), ids=SEVERAL)
def test_edit_list_with_reordered_frames_is_a_warning(parts: list[Part], media: dict[str, str], tmp_path: Path) -> None:
    path = with_edits(media["b-frames.mp4"], tmp_path / "clip.mp4", parts)
    with pytest.warns(FramechainWarning, match=r"edit list of .* joins several parts, whose video may begin a few"):
        output = run(path)
    greys, times = frames_of(parts)
    after = see(output)
    assert after.greys() == pytest.approx(greys, abs=3)
    first = round(parts[0][1] * RATE)
    assert after.times[:first] == times[:first]
    assert max(abs(one - other) for one, other in zip(after.times, times, strict=True)) <= Fraction(4, RATE)
    assert hear(output).onsets() == pytest.approx(beeps_of(parts), abs=0.03)


NOT_FOLLOWED: dict[str, tuple[list[Part], str]] = {
    "half-the-speed": ([(0, 2, 0.5)], "changes the speed"),
    "held": ([(0, 0.4), (0.4, 0.4, 0), (0.4, 0.4)], "changes the speed"),
    "gap": ([(0, 0.4), (GAP, 0.4), (0.4, 0.8)], "leaves a gap after a part"),
    "gap-at-the-end": ([(0, 0.8), (GAP, 0.4)], "leaves a gap after a part"),
}


@pytest.mark.parametrize(("parts", "said"), NOT_FOLLOWED.values(), ids=NOT_FOLLOWED)
def test_edit_list_unsupported_part_is_a_warning(
    parts: list[Part], said: str, media: dict[str, str], tmp_path: Path
) -> None:
    path = with_edits(media["in-order.mp4"], tmp_path / "clip.mp4", parts)
    with pytest.warns(FramechainWarning, match=said) as warned:
        output = run(path)
    assert len(warned) == 1
    before, after = see(path), see(output)
    assert (after.greys(), after.times) == (pytest.approx(before.greys(), abs=3), before.times)
    # The beginning once more in place of a gap, and the usual speed.
    followed = [(max(start, 0), length) for start, length, *_ in parts]
    assert (before.greys(), before.times) == (pytest.approx(frames_of(followed)[0], abs=3), frames_of(followed)[1])


def test_edit_list_unsupported_part_of_audio_is_a_warning(media: dict[str, str], tmp_path: Path) -> None:
    path = with_edits(media["in-order.mp4"], tmp_path / "clip.mp4", [(0, 2)], [(0, 0.5), (GAP, 0.5), (0.5, 1)])
    with pytest.warns(FramechainWarning, match="leaves a gap after a part"):
        run(path)


def test_edit_list_frames_are_counted_as_shown(media: dict[str, str], tmp_path: Path) -> None:
    path = with_edits(media["in-order.mp4"], tmp_path / "clip.mp4", SEVERAL["longer-than-the-media"])
    seen: list[int] = []
    run(path, start_video_frame=90, custom_objects=[lambda frame: (seen.append(len(seen)), frame)[1]])
    assert len(seen) == 10
    path = with_edits(media["in-order.mp4"], tmp_path / "clip.mp4", ONE_PART["without-beginning-and-end"])
    with pytest.raises(ValueError, match=r"start_video_frame \(20\) lies beyond .* 20 frames \(0 to 19\)"):
        run(path, start_video_frame=20)


# Reading them


@settings(max_examples=150, deadline=None, database=None)
@given(data=st.data())
def test_read_edit_list_random_content_raises_nothing(
    data: st.DataObject, media: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.mp4"
    whole = Path(media["in-order.mp4"]).read_bytes()
    start = whole.index(b"moov") - 4
    index = bytearray(whole[start:])
    for place, value in data.draw(st.lists(st.tuples(st.integers(0, len(index) - 1), st.integers(0, 255)), max_size=9)):
        index[place] = value
    path.write_bytes(index[: data.draw(st.integers(0, len(index)))])
    for track in (0, 1, 2):
        edits = read_edit_list(str(path), track)
        assert len(edits) < 20
        reported = describe_unsupported_edits(edits, reordered=True)
        assert reported is None or reported.startswith(("changes", "leaves", "joins"))


def test_read_edit_list_other_file_gives_none(tmp_path: Path) -> None:
    assert read_edit_list(str(tmp_path), 1) == read_edit_list(str(tmp_path / "nothing"), 1) == ()
    path = tmp_path / "endless.mp4"
    for size in (0, 1, 7):  # Up to the end, given in the next field, impossible.
        path.write_bytes(struct.pack(">I", size) + b"moov" + bytes(40))
        assert read_edit_list(str(path), 1) == ()


def test_read_edit_list_many_boxes_are_fast(tmp_path: Path) -> None:
    path = tmp_path / "many.mp4"
    path.write_bytes(box(b"free", b"") * 5_000_000 + box(b"moov", b""))
    assert read_edit_list(str(path), 1) == ()
