"""MPSegmentation: the person, the edge, the background, and its use over several streams."""

from __future__ import annotations

import copy
import importlib.util
import itertools
import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from support.media import flat, photo, see, write_clip

from framechain import Engine, MPSegmentation
from framechain.errors import ArgumentError, ArgumentTypeError, FramechainWarning, MediaError, MissingInputError
from framechain.sources.video import VideoSource

GREEN = (0, 255, 0)
BOTH_MODELS = pytest.mark.parametrize("model", [0, 1])


@pytest.fixture(scope="module")
def portrait(samples: Path) -> Any:
    return cv2.imread(str(samples / "portrait.jpg"))


@pytest.fixture(scope="module")
def moments(clip: Path) -> dict[int, Any]:
    """Every fifteenth frame of the sample clip."""
    with VideoSource(str(clip)) as source:
        return {frame.info.index: frame.bgr for frame in source if frame.info.index % 15 == 0}


@pytest.fixture(scope="module")
def truth(samples: Path, moments: dict[int, Any]) -> dict[int, Any]:
    """The mattes from which the sample was composited, floats in [0, 1]."""
    pytest.importorskip("skimage")
    import skimage.data

    maker = _script(samples / "make_samples.py")
    person = maker.cut_out(maker.load_rgb(skimage.data.astronaut()), maker.MODEL)
    return {index: maker.pose(person, float(index * 1001 / 30000))[..., 3] for index in moments}


def _script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def overlap(alpha: Any, truth: Any) -> float:
    """Return the intersection over union of two mattes in [0, 1], with soft edges."""
    return float(np.minimum(alpha, truth).sum() / np.maximum(alpha, truth).sum())


def mean_overlap(segmentation: MPSegmentation, frames: dict[int, Any], truth: dict[int, Any]) -> float:
    return float(np.mean([overlap(segmentation.alpha(frames[i]) / 255, truth[i]) for i in frames]))


# Who is in front


@pytest.mark.slow
@BOTH_MODELS
def test_segmentation_person_of_the_clip_is_found(model: int, moments: dict[int, Any], truth: dict[int, Any]) -> None:
    with MPSegmentation(model_selection=model) as segmentation:
        assert mean_overlap(segmentation, moments, truth) >= 0.9


@BOTH_MODELS
def test_segmentation_model_gets_rgb(model: int, moments: dict[int, Any], truth: dict[int, Any]) -> None:
    swapped = {index: np.ascontiguousarray(frame[..., ::-1]) for index, frame in moments.items()}
    with MPSegmentation(model_selection=model, quality="fast") as segmentation:
        right, wrong = (mean_overlap(segmentation, frames, truth) for frames in (moments, swapped))
    assert right > wrong + 0.003


@pytest.mark.slow
@pytest.mark.shared
@BOTH_MODELS
def test_segmentation_real_selfies_are_cut_out_in_rgb(model: int, shared: Path) -> None:
    folder = shared / "masks" / "portrait"
    images = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))[::6]
    pairs = [(cv2.imread(str(path)), mask) for path in images if (mask := _mask_of(path)) is not None]
    assert len(pairs) > 8
    frames = {number: image for number, (image, _) in enumerate(pairs)}
    masks = {number: mask for number, (_, mask) in enumerate(pairs)}
    with MPSegmentation(model_selection=model) as segmentation:
        right = mean_overlap(segmentation, frames, masks)
        wrong = mean_overlap(segmentation, {i: f[..., ::-1].copy() for i, f in frames.items()}, masks)
    assert right > 0.8
    assert right > wrong


def _mask_of(image: Path) -> Any:
    for path in image.parent.parent.rglob(f"{image.stem}*.png"):
        mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        return (mask > 0).astype(np.float32)
    return None


# The edge


def test_segmentation_edges_are_soft_or_cut_hard(portrait: Any) -> None:
    soft = MPSegmentation().alpha(portrait)
    between = ((soft > 0) & (soft < 255)).mean()
    assert len(np.unique(soft)) > 50
    assert 0.002 < between < 0.2
    hard = MPSegmentation(softness=0).alpha(portrait)
    assert set(np.unique(hard).tolist()) == {0, 255}
    assert np.abs((hard > 127) ^ (soft > 127)).mean() < 0.002


@pytest.mark.parametrize("softness", [0, 0.2])
def test_segmentation_higher_threshold_never_keeps_more(softness: float, portrait: Any) -> None:
    segmentation = MPSegmentation(softness=softness, quality="fast")
    kept = []
    for threshold in (0.05, 0.3, 0.5, 0.7, 0.95):
        segmentation.threshold = threshold
        kept.append(segmentation.alpha(portrait).astype(int))
    for lower, higher in itertools.pairwise(kept):
        assert (lower >= higher).all()
        assert lower.sum() > higher.sum()


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan"), "0.5", True])
@pytest.mark.parametrize("name", ["threshold", "softness"])
def test_segmentation_edge_out_of_range_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ArgumentError, match=f"{name} must be a number from 0 to 1, got") as caught:
        MPSegmentation(**{name: value})
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("value", [2, -1, "general", None])
def test_segmentation_model_selection_is_0_or_1(value: Any) -> None:
    with pytest.raises(ArgumentError, match=r"model_selection must be 0 \(general\) or 1 \(landscape\), got"):
        MPSegmentation(model_selection=value)


# The background


def read_background(portrait: Any, **arguments: Any) -> Any:
    """Return the top left corner of the result, which is background."""
    with MPSegmentation(**arguments, quality="fast") as segmentation:
        return segmentation(portrait.copy())[:40, :40]


def write_flat_image(path: Path, value: int) -> Path:
    assert cv2.imwrite(str(path), np.full((50, 70, 3), value, np.uint8))
    return path


def test_segmentation_image_is_preferred_to_colour_and_colour_to_blur(portrait: Any, tmp_path: Path) -> None:
    image = np.full((30, 40, 3), 77, np.uint8)
    write_flat_image(tmp_path / "wall.png", 55)
    everything = {"bg_blur_ratio": (15, 15), "bg_color": GREEN, "bg_images_path": tmp_path, "bg_image": image}
    assert (read_background(portrait, **everything) == 77).all()
    del everything["bg_image"]
    assert (read_background(portrait, **everything) == 55).all()
    del everything["bg_images_path"]
    assert (read_background(portrait, **everything) == GREEN).all()
    del everything["bg_color"]
    blurred = cv2.GaussianBlur(portrait, (15, 15), 0)[:40, :40].astype(float)
    assert np.abs(read_background(portrait, **everything) - blurred).mean() < 3


def test_segmentation_empty_path_means_none(portrait: Any) -> None:
    """The tutorial passes bg_images_path=''."""
    assert (read_background(portrait, bg_images_path="", bg_image="", bg_color=GREEN) == GREEN).all()


def test_segmentation_pixels_away_from_the_edge_are_exact(portrait: Any) -> None:
    segmentation = MPSegmentation(bg_color=(12, 34, 56))
    alpha = segmentation.alpha(portrait)
    result = segmentation(portrait.copy())
    assert (result[alpha == 0] == (12, 34, 56)).all()
    np.testing.assert_array_equal(result[alpha == 255], portrait[alpha == 255])
    assert 0.2 < (alpha == 0).mean() < 0.8
    assert (alpha == 255).mean() > 0.2


def test_change_image_steps_through_the_folder(portrait: Any, tmp_path: Path) -> None:
    for number, value in ((1, 10), (2, 20), (10, 100)):
        write_flat_image(tmp_path / f"room{number}.png", value)
    (tmp_path / "readme.txt").write_text("no image")
    segmentation = MPSegmentation(bg_images_path=str(tmp_path), quality="fast")

    def shown() -> int:
        return int(segmentation(portrait.copy())[0, 0, 0])

    seen = [shown()]
    for forward in (True, True, True, False):
        assert segmentation.change_image(forward) is True
        seen.append(shown())
    assert seen == [10, 20, 100, 10, 100]
    assert segmentation.change_image(prevOrNext=False) is True
    assert segmentation.on_key("a") is True
    assert shown() == 100
    assert segmentation.on_key("d") is True
    assert shown() == 20
    assert segmentation.on_key("x") is False


def test_change_image_without_a_folder_returns_false(tmp_path: Path) -> None:
    assert MPSegmentation().change_image() is False
    assert MPSegmentation(bg_color=GREEN).change_image(False) is False
    assert MPSegmentation(bg_image=photo()).change_image() is False
    write_flat_image(tmp_path / "only.png", 9)
    assert MPSegmentation(bg_images_path=tmp_path).change_image() is False


def test_segmentation_fit_stretch_changes_the_proportions(portrait: Any) -> None:
    halves = np.zeros((100, 400, 3), np.uint8)
    halves[:, :100] = 200
    assert (read_background(portrait, bg_image=halves) == 0).all()  # Cropped to the middle 100x100.
    assert (read_background(portrait, bg_image=halves, fit="stretch") == 200).all()


def test_segmentation_animated_image_and_video_play_in_time_with_the_stream(tmp_path: Path) -> None:
    levels = [60, 120, 180, 240]
    images = [Image.new("RGB", (32, 18), (value, value, value)) for value in levels]
    images[0].save(tmp_path / "sea.gif", save_all=True, append_images=images[1:], duration=100, loop=0)
    room = write_clip(tmp_path / "room.mp4", [flat(0)] * 6, rate=10)
    sea = write_clip(tmp_path / "sea.mp4", [flat(value) for value in levels], rate=10)
    for background in (tmp_path / "sea.gif", sea):
        segmentation = MPSegmentation(bg_image=background, quality="fast")
        with pytest.warns(FramechainWarning, match="nobody was found"):
            Engine(video_path=room, custom_objects=[segmentation], output_path=tmp_path / "out.mp4").run()
        assert see(tmp_path / "out.mp4").greys() == pytest.approx([*levels, *levels[:2]], abs=4)


def test_segmentation_matte_only_returns_the_alpha_in_grey(portrait: Any) -> None:
    with MPSegmentation(quality="fast") as plain, MPSegmentation(quality="fast", matte_only=True) as segmentation:
        alpha = plain.alpha(portrait)
        result = segmentation(portrait.copy())
    assert segmentation.view == "matte"
    np.testing.assert_array_equal(result, np.dstack([alpha] * 3))


def test_segmentation_wrong_background_is_refused_at_construction(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"background image not found: .*wall\.jpg"):
        MPSegmentation(bg_image=tmp_path / "wall.jpg")
    with pytest.raises(MissingInputError, match="background folder not found"):
        MPSegmentation(bg_images_path=tmp_path / "rooms")
    with pytest.raises(MediaError, match="no image in the background folder"):
        MPSegmentation(bg_images_path=tmp_path)
    with pytest.raises(ArgumentTypeError, match="bg_image must be a path or a numpy array, got dict"):
        MPSegmentation(bg_image={})  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="bg_color must be"):
        MPSegmentation(bg_color=(0, 300, 0))
    # A wrong blur is refused even if a colour is used instead.
    with pytest.raises(ArgumentError, match="two odd numbers"):
        MPSegmentation(bg_blur_ratio=(34, 34), bg_color=GREEN)
    write_flat_image(tmp_path / "good.png", 9)
    (tmp_path / "bad.png").write_text("no image")
    with pytest.warns(FramechainWarning, match=r"bad\.png.*skipped"):
        MPSegmentation(bg_images_path=tmp_path)


# Sizes and streams


LARGE = [pytest.param(size, marks=pytest.mark.slow) for size in ((255, 257), (360, 640))]


@BOTH_MODELS
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3, 7), (144, 256), (1081, 11), *LARGE])
def test_segmentation_any_frame_size_works(model: int, size: tuple[int, int]) -> None:
    with MPSegmentation(model_selection=model) as segmentation:
        frame = photo(*size)
        assert segmentation(frame.copy()).shape == frame.shape
        assert segmentation.alpha(frame).shape == frame.shape[:2]


def test_segmentation_one_object_serves_streams_of_different_sizes(clip: Path, samples: Path, tmp_path: Path) -> None:
    segmentation = MPSegmentation(bg_color=GREEN)

    def run() -> bytes:
        target = tmp_path / "out.mp4"
        Engine(
            video_path=clip,
            custom_objects=[segmentation],
            output_path=target,
            end_video_frame=2,
            break_on_end=True,
            progress=False,
        ).run()
        return target.read_bytes()

    first = run()
    still = Engine(custom_objects=[segmentation]).process_image(samples / "portrait.jpg", tmp_path / "p.png")
    assert still.shape == (512, 512, 3)
    assert still[5, 5].tolist() == list(GREEN)
    assert run() == first


def test_segmentation_works_again_after_close(portrait: Any) -> None:
    with MPSegmentation(bg_color=GREEN) as segmentation:
        first = segmentation(portrait.copy())
    segmentation.close()
    segmentation.close()
    np.testing.assert_array_equal(segmentation(portrait.copy()), first)
    MPSegmentation().close()  # Never used.


@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("how", ["deepcopy", "pickle"])
def test_segmentation_can_be_copied_and_pickled(how: str, used: bool, portrait: Any, tmp_path: Path) -> None:
    for number in (1, 2):
        write_flat_image(tmp_path / f"{number}.png", 50 * number)
    segmentation = MPSegmentation(
        threshold=0.3, model_selection=0, bg_images_path=tmp_path, softness=0.1, quality="fast"
    )
    if used:
        segmentation(portrait.copy())
    twin = copy.deepcopy(segmentation) if how == "deepcopy" else pickle.loads(pickle.dumps(segmentation))
    expected = segmentation(portrait.copy())
    segmentation.close()
    assert (twin.threshold, twin.softness, twin.matte.model_selection) == (0.3, 0.1, 0)
    np.testing.assert_array_equal(twin(portrait.copy()), expected)
    twin.change_image()
    assert twin(portrait.copy())[0, 0, 0] == 100
    twin.close()
    assert segmentation(portrait.copy())[0, 0, 0] == 50


def test_segmentation_loading_and_running_print_nothing(portrait: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with MPSegmentation() as segmentation:
        segmentation(portrait.copy())
    assert capfd.readouterr() == ("", "")
