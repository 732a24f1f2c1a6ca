"""Audio is copied where the container can hold it, transcoded where not, and its loss is always a warning."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.audio import Audio, beeps, has_audio, hear
from support.media import flats, see, write_clip

from framechain import Encoding, Engine, FramechainWarning, RunResult
from framechain.pixels.pyav import av

# After a lossy codec a beep may be off by the ringing of a block, never by a frame.
SYNC_SECONDS = 0.03


def clip_with(path: Path, audio: Audio | None, frames: int = 50, **more: Any) -> str:
    codec = {".webm": "libvpx", ".avi": "mpeg4", ".mpg": "mpeg2video", ".wmv": "wmv2"}.get(path.suffix, "libx264")
    return write_clip(path, flats(frames), codec=codec, audio=audio, **more)


def run(source: str, suffix: str = ".mp4", **arguments: Any) -> tuple[RunResult, str]:
    arguments.setdefault("output_path", Path(source).with_name(f"result{suffix}"))
    result = Engine(video_path=source, **arguments).run()
    return result, result.output_path or ""


COPIED = [
    ("a.mp4", "aac", ".mp4"), ("a.mp4", "aac", ".mkv"), ("a.mov", "aac", ".mov"), ("a.mkv", "aac", ".mp4"),
    ("a.mp4", "libmp3lame", ".mp4"), ("a.mkv", "libmp3lame", ".mp4"), ("a.avi", "libmp3lame", ".mp4"),
    ("a.webm", "libopus", ".mp4"), ("a.webm", "libopus", ".webm"), ("a.mkv", "libopus", ".mkv"),
    ("a.webm", "vorbis", ".webm"), ("a.mkv", "vorbis", ".mkv"), ("a.mkv", "flac", ".mp4"), ("a.mp4", "ac3", ".mp4"),
    ("a.mov", "alac", ".mp4"), ("a.mov", "pcm_s16le", ".mov"),
]  # fmt: skip
TRANSCODED = [
    ("a.mkv", "vorbis", ".mp4", "aac"), ("a.webm", "vorbis", ".mp4", "aac"), ("a.avi", "pcm_s16le", ".mp4", "aac"),
    ("a.mov", "pcm_s24le", ".mp4", "aac"), ("a.mpg", "mp2", ".mp4", "aac"), ("a.wmv", "wmav2", ".mp4", "aac"),
    ("a.mp4", "aac", ".webm", "opus"), ("a.mkv", "libmp3lame", ".webm", "opus"), ("a.mkv", "flac", ".webm", "opus"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "codec", "suffix"), COPIED)
def test_audio_packets_are_copied_bit_for_bit(name: str, codec: str, suffix: str, tmp_path: Path) -> None:
    source = clip_with(tmp_path / name, beeps(2, codec))
    result, output = run(source, suffix)
    before, after = hear(source), hear(output)
    assert after.codec == before.codec
    assert after.packets == before.packets
    assert len(after.packets) > 10
    # Matroska counts milliseconds; if audio begins before 0, both start a little later.
    start = see(output).times[0]
    assert start < Fraction(1, 25)
    assert [time - start for time in after.packet_times] == pytest.approx(before.packet_times, abs=0.0011)
    assert [onset - start for onset in after.onsets()] == pytest.approx([0.5, 1.0, 1.5], abs=SYNC_SECONDS)
    assert result.warnings == ()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "codec", "suffix", "became"), TRANSCODED)
def test_audio_codec_that_the_container_cannot_hold_is_transcoded_in_sync(
    name: str, codec: str, suffix: str, became: str, tmp_path: Path
) -> None:
    source = clip_with(tmp_path / name, beeps(2, codec))
    result, output = run(source, suffix)
    before, after = hear(source), hear(output)
    assert (after.codec, after.channels, after.rate) == (became, before.channels, 48000)
    in_step = [onset - see(source).times[0] for onset in before.onsets()]
    assert len(in_step) == 3
    assert [onset - see(output).times[0] for onset in after.onsets()] == pytest.approx(in_step, abs=SYNC_SECONDS)
    assert np.abs(after.samples).max() == pytest.approx(np.abs(before.samples).max(), abs=0.15)
    assert result.warnings == ()


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_audio_last_samples_are_transcoded(suffix: str, tmp_path: Path) -> None:
    # 1.0 s is no whole number of packets: the rest at the end must not be lost.
    tone = np.sin(np.arange(48000) * 2 * np.pi * 1000 / 48000, dtype=np.float32)[:, None]
    _, output = run(clip_with(tmp_path / "a.avi", Audio(0.5 * tone, "pcm_s16le")), suffix)
    heard = hear(output)
    at = round((1 - heard.start) * heard.rate)
    assert np.abs(heard.samples[at - 480 : at - 48]).max() > 0.4


def test_audio_of_a_transport_stream_is_copied_without_its_headers(tmp_path: Path) -> None:
    source = clip_with(tmp_path / "a.ts", beeps(2))
    _, output = run(source)
    # ADTS puts 7 bytes before each packet (ISO/IEC 13818-7, 6.2), which an mp4 has in its index.
    assert hear(output).packets == [packet[7:] for packet in hear(source).packets]


@pytest.mark.parametrize(
    ("rate", "kept"), [(8000, 8000), (22050, 22050), (44100, 44100), (96000, 96000), (192000, 96000), (37800, 44100)]
)
@pytest.mark.parametrize("channels", [1, 2])
def test_audio_transcoded_keeps_rate_and_channels_that_aac_has(
    rate: int, kept: int, channels: int, tmp_path: Path
) -> None:
    source = clip_with(tmp_path / "a.avi", beeps(2, "pcm_s16le", rate=rate, channels=channels))
    _, output = run(source)
    heard = hear(output)
    assert (heard.rate, heard.channels, heard.codec) == (kept, channels, "aac")
    assert heard.onsets() == pytest.approx([0.5, 1.0, 1.5], abs=SYNC_SECONDS)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.webm", "libopus"), ("a.mp4", "libmp3lame")])
def test_audio_priming_is_kept_for_players_to_skip(name: str, codec: str, tmp_path: Path) -> None:
    source = clip_with(tmp_path / name, beeps(2, codec))
    _, output = run(source, ".webm" if name.endswith("webm") else ".mp4")
    before, after = hear(source), hear(output)
    assert after.start == before.start
    assert np.array_equal(after.samples, before.samples)


def test_audio_of_the_sample_clip_is_equal_sample_by_sample(clip: Path, tmp_path: Path) -> None:
    _, output = run(str(clip), output_path=tmp_path / "out.mp4")
    before, after = hear(clip), hear(output)
    assert after.start == before.start
    assert np.array_equal(after.samples, before.samples)
    assert after.packet_times == before.packet_times


# Offsets


def offset(path: str) -> float:
    """Seconds from the start of the video to that of the audio."""
    return hear(path).start - float(see(path).times[0])


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "libmp3lame"), ("a.mkv", "vorbis")])
@pytest.mark.parametrize("late", ["audio", "video"])
def test_audio_or_video_that_starts_late_stays_late(late: str, name: str, codec: str, tmp_path: Path) -> None:
    ticks = [index + (10 if late == "video" else 0) for index in range(50)]
    audio = beeps(1.5, codec, start=0.4 if late == "audio" else 0)
    source = clip_with(tmp_path / name, audio, ticks=ticks, rate=25)
    assert offset(source) == pytest.approx(0.4 if late == "audio" else -0.4, abs=0.05)
    _, output = run(source)
    assert offset(output) == pytest.approx(offset(source), abs=0.03)
    assert hear(output).onsets() == pytest.approx(hear(source).onsets(), abs=SYNC_SECONDS)
    assert see(output).times == pytest.approx(see(source).times, abs=0.0011)


@pytest.mark.parametrize(("name", "codec"), [("a.ts", "aac"), ("a.ts", "mp2"), ("a.mpg", "mp2")])
def test_container_that_starts_late_starts_at_0_with_audio_and_video(name: str, codec: str, tmp_path: Path) -> None:
    late = 1 if name.endswith("ts") else 0  # A program stream starts late by itself.
    source = clip_with(tmp_path / name, beeps(1.7, codec, start=late), ticks=[25 * late + index for index in range(50)])
    start = see(source).times[0]
    assert start > Fraction(1, 4)
    _, output = run(source)
    assert see(output).times[0] == pytest.approx(0, abs=0.05)
    in_step = [onset - start for onset in hear(source).onsets()]
    assert len(in_step) >= 3
    after = [onset - see(output).times[0] for onset in hear(output).onsets()]
    assert after == pytest.approx(in_step, abs=SYNC_SECONDS)


# Length


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.avi", "pcm_s16le")])
@pytest.mark.parametrize("seconds", [0.3, 4.0], ids=["shorter", "longer"])
def test_audio_shorter_or_longer_than_the_video_stays_so(seconds: float, name: str, codec: str, tmp_path: Path) -> None:
    source = clip_with(tmp_path / name, beeps(seconds, codec), frames=50)
    result, output = run(source)
    assert hear(output).end == pytest.approx(hear(source).end, abs=0.05)
    assert hear(output).end == pytest.approx(seconds, abs=0.06)
    assert (see(output).count, float(see(output).end)) == (50, pytest.approx(2, abs=0.001))
    assert result.warnings == ()


@pytest.mark.parametrize(
    ("name", "codec", "packet"), [("a.mp4", "aac", 1024), ("a.mkv", "libmp3lame", 1152), ("a.avi", "pcm_s16le", 1024)]
)
@pytest.mark.parametrize("end", [4, 19, 37])
def test_audio_break_on_end_cuts_it_with_the_video(
    end: int, name: str, codec: str, packet: int, tmp_path: Path
) -> None:
    source = clip_with(tmp_path / name, beeps(4, codec))
    _, output = run(source, end_video_frame=end, break_on_end=True)
    video_end, heard = float(see(output).end), hear(output)
    assert video_end == pytest.approx((end + 1) / 25, abs=0.001)
    assert abs(float(heard.packet_end) - video_end) <= packet / 48000 + 0.002
    assert heard.onsets() == pytest.approx(
        [onset for onset in hear(source).onsets() if onset < video_end], abs=SYNC_SECONDS
    )


def test_audio_without_break_on_end_is_complete(tmp_path: Path) -> None:
    source = clip_with(tmp_path / "a.mp4", beeps(2))
    _, output = run(source, end_video_frame=10, start_video_frame=5)
    assert hear(output).packets == hear(source).packets


# No audio, and faults


def test_audio_false_leaves_it_out(clip: Path, tmp_path: Path) -> None:
    result, output = run(str(clip), output_path=tmp_path / "out.mp4", audio=False)
    assert has_audio(clip)
    assert not has_audio(output)
    assert (see(output).count, result.warnings) == (150, ())


def test_audio_of_a_clip_without_any_is_not_added(tmp_path: Path) -> None:
    result, output = run(clip_with(tmp_path / "a.mp4", None))
    assert not has_audio(output)
    assert result.warnings == ()


def patched(path: str, old: bytes, new: bytes) -> str:
    data = Path(path).read_bytes()
    assert data.count(old) == 1
    assert len(old) == len(new)
    Path(path).write_bytes(data.replace(old, new))
    return path


@pytest.mark.parametrize(
    ("codec", "old", "new"),
    [
        ("pcm_s16le", b"A_PCM/INT/LIT", b"A_PCN/INT/LIT"),
        ("vorbis", b"A_VORBIS", b"A_VORBYS"),
        ("aac", b"A_AAC", b"A_AAX"),
    ],
)
def test_audio_unknown_codec_is_a_warning_and_the_video_is_complete(
    codec: str, old: bytes, new: bytes, tmp_path: Path
) -> None:
    source = patched(clip_with(tmp_path / "a.mkv", beeps(2, codec)), old, new)
    with pytest.warns(FramechainWarning, match="the audio could not be kept|of the audio"):
        result, output = run(source)
    assert see(output).count == result.frames_written == 50
    assert see(output).greys() == pytest.approx(see(source).greys(), abs=2)
    assert not has_audio(output)
    assert len(result.warnings) == 1


def test_audio_damaged_packets_are_a_warning_and_the_rest_is_kept(tmp_path: Path) -> None:
    source = clip_with(tmp_path / "a.mkv", beeps(2, "vorbis"))
    with av.open(source) as container:
        packets = [(packet.pos, bytes(packet)) for packet in container.demux(container.streams.audio[0]) if packet.size]
    data = bytearray(Path(source).read_bytes())
    for pos, content in packets[20:24]:
        at = data.index(content, pos)
        data[at : at + len(content)] = b"\xff" * len(content)
    Path(source).write_bytes(data)
    with pytest.warns(FramechainWarning, match="damaged packets of the audio were skipped"):
        result, output = run(source)
    assert see(output).count == 50
    assert hear(output).onsets()[-1] == pytest.approx(1.5, abs=SYNC_SECONDS)
    assert "audio" in result.warnings[0]


def test_audio_that_cannot_be_decoded_is_a_warning(tmp_path: Path) -> None:
    source = clip_with(tmp_path / "a.mkv", beeps(1, "vorbis"))
    with av.open(source) as container:
        packets = [(packet.pos, bytes(packet)) for packet in container.demux(container.streams.audio[0]) if packet.size]
    data = bytearray(Path(source).read_bytes())
    for pos, content in packets:
        at = data.index(content, pos)
        data[at : at + len(content)] = b"\xff" * len(content)
    Path(source).write_bytes(data)
    with pytest.warns(FramechainWarning, match="not one packet of the audio could be decoded"):
        result, output = run(source)
    assert see(output).count == result.frames_written == 50


def test_audio_first_of_several_tracks_is_kept(tmp_path: Path) -> None:
    first = clip_with(tmp_path / "first.mp4", beeps(2, at=[0.5]))
    second = clip_with(tmp_path / "second.mp4", beeps(2, at=[1.5]))
    joined = tmp_path / "joined.mp4"
    with av.open(first) as one, av.open(second) as other, av.open(str(joined), "w") as container:
        streams = [*one.streams, *other.streams.audio]
        targets: dict[Any, Any] = {stream: container.add_stream_from_template(stream) for stream in streams}
        packets: list[Any] = [p for p in one.demux() if p.size] + [p for p in other.demux(streams[2]) if p.size]
        for packet in sorted(packets, key=lambda packet: Fraction(packet.dts) * packet.time_base):
            packet.stream = targets[packet.stream]
            container.mux(packet)
    _, output = run(str(joined))
    assert hear(output).onsets() == pytest.approx([0.5], abs=SYNC_SECONDS)


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    ["liveportrait_s18_720p30_audio.mp4", "streamio_iphone_sideways_rot90_audio.mov", "retalking_1_vfr_700p_audio.mp4"],
)
def test_audio_of_real_clips_is_copied_up_to_the_cut(name: str, shared: Path, tmp_path: Path) -> None:
    source = str(shared / "clips" / name)
    _, output = run(
        source,
        end_video_frame=40,
        break_on_end=True,
        encoding=Encoding(preset="ultrafast"),
        output_path=tmp_path / "out.mp4",
    )
    before, after = hear(source), hear(output)
    assert after.packets == before.packets[: len(after.packets)]
    assert abs(float(after.packet_end - see(output).end)) < 0.03
    assert after.start - float(see(output).times[0]) == pytest.approx(
        before.start - float(see(source, 1).times[0]), abs=0.002
    )


def test_audio_packet_that_the_container_refuses_ends_the_audio_and_not_the_video(tmp_path: Path) -> None:
    """ADTS packets carry their own length; an mp4 cannot take those whose length is nonsense."""
    source = Path(clip_with(tmp_path / "a.ts", beeps(2.0)))
    data = bytearray(source.read_bytes())
    starts = [place for place in range(len(data)) if data[place : place + 2] == b"\xff\xf1"]
    assert len(starts) > 60
    for place in starts[30:]:
        data[place : place + 2] = bytes(2)
    source.write_bytes(data)
    with pytest.warns(FramechainWarning, match="the audio could not be kept"):
        result, path = run(str(source))
    assert see(path).count == result.frames_written == 50
    assert 0.2 < hear(path).end < 1.5


@pytest.mark.parametrize("step", [0, -3], ids=["equal", "backwards"])
def test_audio_packets_whose_times_do_not_grow_are_kept_in_order(step: int, tmp_path: Path) -> None:
    source = Path(clip_with(tmp_path / "a.mkv", beeps(2, "libmp3lame")))
    retime_matroska_audio(source, 20, step)
    before = hear(source)
    assert before.packet_times[20] - before.packet_times[19] == Fraction(step, 1000)
    result, output = run(str(source))
    after = hear(output)
    assert result.warnings == ()
    assert after.packets == before.packets
    assert all(one < other for one, other in zip(after.packet_times, after.packet_times[1:], strict=False))


def retime_matroska_audio(path: Path, number: int, step: int) -> None:
    """Move an audio packet to `step` ms after the one before it: a SimpleBlock begins with its track and its time."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        packets = [(bytes(packet), packet.pts) for packet in container.demux(stream) if packet.size]
        track = 0x80 | stream.index + 1
    data = bytearray(path.read_bytes())
    (content, pts), before = packets[number], packets[number - 1][1]
    at = data.index(content) - 4
    assert data[at] == track
    relative = int.from_bytes(data[at + 1 : at + 3], "big", signed=True) + before + step - pts
    data[at + 1 : at + 3] = relative.to_bytes(2, "big", signed=True)
    path.write_bytes(data)


def test_audio_cut_lasts_as_long_as_the_last_frame_is_shown(tmp_path: Path) -> None:
    ticks = [*range(10), *range(35, 60)]
    source = clip_with(tmp_path / "a.mp4", beeps(2.4), frames=len(ticks), ticks=ticks, rate=25)
    _, output = run(source, end_video_frame=9, break_on_end=True)
    assert float(hear(output).packet_end) == pytest.approx(35 / 25, abs=1024 / 48000)
    assert hear(output).onsets() == pytest.approx([0.5, 1.0], abs=SYNC_SECONDS)
