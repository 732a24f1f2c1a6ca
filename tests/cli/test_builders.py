"""The command line's mattes and backgrounds, on the sample clip and decoded again."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from support.media import flat, photo, photos, see, write_clip

from framechain import BackgroundReplacement, Engine, mattes
from framechain.backgrounds import Blur, Color, Gallery
from framechain.cli.arguments import build_parser
from framechain.cli.builders import MATTES, make_replacement
from framechain.cli.program import main
from framechain.errors import ArgumentError

PYTHON_MATTES = {
    "mediapipe": mattes.MediaPipeMatte,
    "reference": mattes.ReferenceFrame,
    "running-average": mattes.RunningAverage,
    "mog2": mattes.MOG2,
    "knn": mattes.KNN,
    "otsu": mattes.OtsuThreshold,
    "contour": mattes.ContourFill,
    "chroma": lambda: mattes.ChromaKey((0x40, 0xB1, 0)),
}


# One of each kind is quick. tests/mattes/onnx has models.
@pytest.mark.parametrize(
    "matte",
    [
        pytest.param(name, marks=[] if name in ("mediapipe", "reference", "chroma") else pytest.mark.slow)
        for name in MATTES
        if name != "onnx"
    ],
)
def test_matte_option_gives_the_output_of_that_matte(matte: str, clip: Path, tmp_path: Path) -> None:
    out, expected = tmp_path / "out.mp4", tmp_path / "expected.mp4"
    arguments = [str(clip), "--matte", matte, "--background", "#00ff00", "--output", str(out), "--quiet"]
    assert main([*arguments, "--end", "5", "--break-on-end"]) == 0
    thing = BackgroundReplacement(PYTHON_MATTES[matte](), Color((0, 255, 0)))
    Engine("", clip, custom_objects=[thing], end_video_frame=5, break_on_end=True, output_path=expected).run()
    written, reference = see(out), see(expected)
    assert written.count == reference.count == 6
    for index in range(6):
        np.testing.assert_array_equal(written.bgr(index), reference.bgr(index))
    # The upper left corner is background for each of them, except that nothing in the clip has the key colour.
    is_green = np.abs(written.bgr(5)[40, 20].astype(int) - (0, 255, 0)).max() < 12
    assert is_green == (matte != "chroma")


def test_reference_option_reads_an_image(tmp_path: Path) -> None:
    empty, scene = flat(120, 160, 120), flat(120, 160, 120)
    scene[40:100, 60:120] = (30, 30, 220)
    cv2.imwrite(str(tmp_path / "empty.png"), empty)
    source = write_clip(tmp_path / "clip.mp4", [scene] * 4)
    arguments = [source, "--matte", "reference", "--reference", str(tmp_path / "empty.png"), "--background", "#00f"]
    assert main([*arguments, "--quiet"]) == 0
    image = see(tmp_path / "clip_out.mp4").bgr(3).astype(int)
    assert np.abs(image[70, 90] - (30, 30, 220)).max() < 20
    assert np.abs(image[10, 10] - (255, 0, 0)).max() < 12


def test_matte_options_reach_the_matte() -> None:
    def made(*arguments: str) -> object:
        return make_replacement(build_parser().parse_args(["clip.mp4", *arguments])).matte

    average = made("--matte", "running-average", "--roi", "0,0,40,30")
    assert isinstance(average, mattes.RunningAverage)
    assert tuple(average.roi or ()) == (0, 0, 40, 30)
    model = made("--model", "general")
    assert isinstance(model, mattes.MediaPipeMatte)
    assert model.model_selection == 0
    assert isinstance(made("--matte", "chroma", "--key-color", "#0f0"), mattes.ChromaKey)


def test_threshold_not_given_is_the_mattes_own() -> None:
    def threshold(*arguments: str) -> float | None:
        return make_replacement(build_parser().parse_args(["clip.mp4", *arguments])).threshold

    assert threshold() == 0.5
    assert threshold("--matte", "chroma") is None
    assert threshold("--matte", "chroma", "--threshold", "0.3") == 0.3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--matte", "running-average", "--roi", "1,2,3"], "--roi 1,2,3 is not a region"),
        (["--matte", "chroma", "--key-color", "green"], "--key-color green is not a colour"),
        (["--background", "#12"], "--background #12 is not a colour"),
        (["--background", "none.mp4"], "background video not found"),
        (["--background", "transparent", "--output", "x.mp4"], "holds no alpha"),
    ],
)
def test_option_with_a_wrong_value_is_one_sentence(
    arguments: list[str], message: str, clip: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main([str(clip), *arguments]) in (1, 2)
    err = capfd.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_background_option_makes_each_kind(clip: Path, tmp_path: Path) -> None:
    video = write_clip(tmp_path / "sea.mp4", photos(5))
    for background, suffix in ((video, ".mp4"), ("transparent", ".webm"), (str(tmp_path), ".mp4")):
        if background == str(tmp_path):
            cv2.imwrite(str(tmp_path / "one.jpg"), photo())
        out = tmp_path / f"out{suffix}"
        arguments = [str(clip), "--background", background, "--output", str(out), "--quiet"]
        assert main([*arguments, "--end", "3", "--break-on-end", "--fit", "stretch"]) == 0
        assert see(out).count == 4
    assert main([str(clip), "--matte-only", "--output", str(tmp_path / "m.mp4"), "--end", "3", "--break-on-end"]) == 0
    grey = see(tmp_path / "m.mp4").bgr(2).astype(int)
    assert np.abs(grey[..., 0] - grey[..., 2]).max() < 8
    assert grey[300, 340, 0] > 240
    assert grey[20, 20, 0] < 12


@pytest.mark.slow
def test_strict_option_first_frame_is_covered_and_the_edge_lies_further_in(clip: Path, tmp_path: Path) -> None:
    areas = {}
    for option in ([], ["--strict"]):
        out = tmp_path / "m.mp4"
        arguments = [str(clip), *option, "--matte-only", "--output", str(out), "--end", "4", "--break-on-end"]
        assert main([*arguments, "--quiet"]) == 0
        areas[bool(option)] = [int(np.count_nonzero(see(out).bgr(index)[..., 0] > 127)) for index in range(5)]
    assert areas[True][0] == 0
    assert all(0.85 * loose < tight < loose for tight, loose in zip(areas[True][1:], areas[False][1:], strict=True))


# A blur relative to the frame; a large folder.


def test_blur_fraction_looks_alike_at_every_size() -> None:
    small = photo(320, 180)
    large = cv2.resize(small, (1280, 720), interpolation=cv2.INTER_CUBIC)
    empty = [np.zeros(image.shape[:2], np.uint8) for image in (small, large)]
    blurred = Blur(0.1)(large, empty[1])
    expected = cv2.resize(Blur(0.1)(small, empty[0]), (1280, 720), interpolation=cv2.INTER_CUBIC)
    assert np.abs(blurred.astype(int) - expected).mean() < 2
    assert np.abs(blurred.astype(int) - Blur(17)(large, empty[1])).mean() > 2


@pytest.mark.parametrize("fraction", [1.0, 1.5, -0.1, 0.0])
def test_blur_fraction_out_of_range_is_an_error(fraction: float) -> None:
    with pytest.raises(ArgumentError, match="a fraction of the frame"):
        Blur(fraction)


def test_gallery_of_many_images_keeps_a_few_in_memory(tmp_path: Path) -> None:
    for number in range(60):
        cv2.imwrite(str(tmp_path / f"{number}.png"), flat(number))
    gallery = Gallery(tmp_path)
    for _ in range(60):
        gallery.step()
        gallery(flat(0))
    assert len(gallery.paths) == 60
    assert len(gallery._cache) <= 4
