"""Transparent frames: from the replacement to the file, and decoded again."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from support.media import Array, decode_bgra, flat, photos, write_clip

from framechain import BackgroundReplacement, Encoding, Engine, FPSmetric
from framechain.backgrounds import Color, Transparent
from framechain.errors import OutputError
from framechain.frame import Frame, make_image_info
from framechain.sources.video import VideoSource

WIDTH, HEIGHT = 160, 120


def disc(frame: Array) -> Array:
    """A matte with a soft edge: true alpha."""
    rows, columns = np.mgrid[: frame.shape[0], : frame.shape[1]]
    distance = np.hypot(rows - frame.shape[0] / 2, columns - frame.shape[1] / 2)
    return np.clip((40 - distance) / 12, 0, 1).astype(np.float32)


ALPHA = (disc(flat(0, WIDTH, HEIGHT)) * 255 + 0.5).astype(np.uint8)


def cut_out() -> BackgroundReplacement:
    return BackgroundReplacement(disc, Transparent())


@pytest.fixture
def source(tmp_path: Path) -> str:
    return write_clip(tmp_path / "clip.mp4", photos(12, WIDTH, HEIGHT))


@pytest.mark.parametrize(("suffix", "off_by"), [(".webm", 6), (".mov", 2)])
def test_transparent_video_alpha_is_decoded_again(suffix: str, off_by: float, source: str, tmp_path: Path) -> None:
    out = tmp_path / f"out{suffix}"
    result = Engine(video_path=source, custom_objects=[cut_out()], output_path=out, encoding=Encoding(crf=10)).run()
    frames = decode_bgra(out)
    assert len(frames) == result.frames_written == 12
    for frame in frames:
        assert np.abs(frame[..., 3].astype(int) - ALPHA).mean() < off_by
        assert frame[:8, :8, 3].max() <= 16
        assert frame[HEIGHT // 2, WIDTH // 2, 3] >= 240


def test_transparent_frame_alpha_is_not_the_array_that_the_matte_fills_again() -> None:
    kept = np.zeros((HEIGHT, WIDTH), np.uint8)

    def grow(frame: Array) -> Array:
        kept[:] += 50
        return kept

    replacement = BackgroundReplacement(grow, Transparent())
    image = photos(1, WIDTH, HEIGHT)[0]
    frames = [replacement.process_frame(Frame(make_image_info("x", image), bgr=image.copy())) for _ in range(3)]
    alphas = [frame.alpha for frame in frames if frame.alpha is not None]
    assert [np.unique(alpha).tolist() for alpha in alphas] == [[50], [100], [150]]


def test_transparent_video_person_keeps_the_colours(source: str, tmp_path: Path) -> None:
    out = tmp_path / "out.mov"
    Engine(video_path=source, custom_objects=[cut_out()], output_path=out).run()
    with VideoSource(source) as clip:
        before = [frame.bgr for frame in clip]
    inside = ALPHA == 255
    for first, second in zip(before, decode_bgra(out), strict=True):
        assert np.abs(first[inside].astype(int) - second[..., :3][inside]).mean() < 3


def test_transparent_image_does_not_hide_the_room(source: str, tmp_path: Path) -> None:
    bright = write_clip(tmp_path / "bright.mp4", [flat(230, WIDTH, HEIGHT)] * 3)
    out = tmp_path / "out.png"
    with VideoSource(bright) as clip:
        frame = next(iter(clip)).bgr
    pixels = Engine(custom_objects=[cut_out()]).process_image(frame, out)
    assert pixels.shape == (HEIGHT, WIDTH, 4)
    written = cv2.imread(str(out), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(written, pixels)
    assert written[:10, :10, :3].max() == 0


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tiff", ".avif"])
def test_transparent_image_alpha_is_decoded_again(suffix: str, tmp_path: Path) -> None:
    out = tmp_path / f"out{suffix}"
    Engine(custom_objects=[cut_out()]).process_image(photos(1, WIDTH, HEIGHT)[0], out)
    written = cv2.imread(str(out), cv2.IMREAD_UNCHANGED)
    assert written.shape == (HEIGHT, WIDTH, 4)
    assert np.abs(written[..., 3].astype(int) - ALPHA).mean() < 1


def test_transparent_output_default_name_is_of_a_format_with_alpha(source: str, tmp_path: Path) -> None:
    image = tmp_path / "me.jpg"
    cv2.imwrite(str(image), photos(1)[0])
    assert Engine(video_path=source, custom_objects=[cut_out()]).run().output_path == str(tmp_path / "clip_out.webm")
    assert Engine(image_path=image, custom_objects=[cut_out()]).run().output_path == str(tmp_path / "me_out.png")


@pytest.mark.parametrize(("name", "able"), [("out.mp4", ".mov, .webm"), ("out.mkv", ".mov, .webm")])
def test_transparent_video_format_without_alpha_is_refused(name: str, able: str, source: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=f"holds no alpha, choose one of {able}"):
        Engine(video_path=source, custom_objects=[cut_out()], output_path=tmp_path / name).run()
    assert not list(tmp_path.glob("*out*"))


def test_transparent_output_unknown_format_offers_those_with_alpha_alone(source: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"'\.gif' is no video format .*, choose one of \.mov, \.webm"):
        Engine(video_path=source, custom_objects=[cut_out()], output_path=tmp_path / "out.gif").run()
    with pytest.raises(OutputError, match=r"it has no suffix, choose one of \.png, \.webp"):
        Engine(custom_objects=[cut_out()]).process_image(photos(1)[0], tmp_path / "out")


def test_transparent_image_format_without_alpha_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\.jpg holds no alpha, choose one of \.png, \.webp"):
        Engine(custom_objects=[cut_out()]).process_image(photos(1)[0], tmp_path / "out.jpg")


def test_transparent_output_alpha_that_no_object_declared_is_refused(source: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="set gives_alpha = True"):
        Engine(
            video_path=source,
            custom_objects=[lambda frame: np.dstack([frame, frame[..., 0]])],
            output_path=tmp_path / "out.mp4",
        ).run()


def test_transparent_output_alpha_follows_the_size_of_later_objects(tmp_path: Path) -> None:
    seen: list[tuple[int, ...]] = []

    def halved(frame: Array) -> Array:
        seen.append(frame.shape)
        return frame[::2, ::2]

    engine = Engine(custom_objects=[cut_out(), FPSmetric(), halved])
    pixels = engine.process_image(photos(1, WIDTH, HEIGHT)[0])
    assert seen == [(HEIGHT, WIDTH, 3)]
    assert pixels.shape == (HEIGHT // 2, WIDTH // 2, 4)
    assert np.abs(pixels[..., 3].astype(int) - ALPHA[::2, ::2]).mean() < 4


def test_transparent_video_frames_outside_the_range_are_opaque(source: str, tmp_path: Path) -> None:
    out = tmp_path / "out.mov"
    Engine(video_path=source, custom_objects=[cut_out()], output_path=out, start_video_frame=4, end_video_frame=8).run()
    least = [int(frame[..., 3].min()) for frame in decode_bgra(out)]
    assert [value > 250 for value in least] == [index < 4 or index > 8 for index in range(12)]


def test_transparent_video_odd_size_keeps_its_alpha(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "clip.mkv", photos(3, 161, 121), pix_fmt="yuv444p")
    out = tmp_path / "out.mov"
    Engine(video_path=source, custom_objects=[cut_out()], output_path=out).run()
    assert decode_bgra(out)[0].shape == (122, 162, 4)


def test_matte_only_video_is_grey(source: str, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    matte = BackgroundReplacement(disc, Color((9, 9, 9)), matte_only=True)
    assert not matte.gives_alpha
    Engine(video_path=source, custom_objects=[matte], output_path=out).run()
    with VideoSource(str(out)) as clip:
        for frame in clip:
            assert np.abs(frame.bgr.astype(int) - ALPHA[..., None]).mean() < 3


def test_preview_transparent_frame_is_over_a_checkerboard() -> None:
    frame = Frame(make_image_info("x", flat(200)), bgr=flat(200)).with_bgr(np.dstack([flat(200), flat(0)[..., 0]]))
    shown = frame.preview()
    assert sorted(np.unique(shown).tolist()) == [102, 153]
    assert frame.to_array()[..., 3].max() == 0
