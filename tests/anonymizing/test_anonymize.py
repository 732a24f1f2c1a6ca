"""`framechain.anonymize`: no face in any frame of the output, and no output after an error."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import pytest
from support.audio import beeps
from support.face_clips import SIDE, list_likenesses, measure_likeness, place_face, write_face_clip
from support.media import see

from framechain import AnonymizeResult, ArgumentError, ArgumentTypeError, FramechainError, anonymize
from framechain.anonymizing.looks import Looks
from framechain.anonymizing.passes import CoverPass, LookPass
from framechain.faces.cover import FaceCover

PLACES = [(60 + 5 * index, 80 + index) for index in range(14)]
BLIND = range(5, 9)
LEFT_ALONE = 0.9


def is_hidden(likeness: float) -> bool:
    return abs(likeness) < 0.3


@pytest.fixture(autouse=True)
def _few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image is not looked at in its smallest tiles, which takes a second."""
    monkeypatch.setattr("framechain.anonymizing.looks._TILES_OF_IMAGE", (1.0,))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of a moving face with a variable rate and audio."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    ticks = [40 * index + (7 if index % 3 else 0) for index in range(len(PLACES))]
    write_face_clip(path, list(PLACES), time_base=Fraction(1, 1000), ticks=ticks, audio=beeps(0.5, at=[0.2]))
    return path


@pytest.fixture(scope="module")
def blinded(clip: Path) -> AnonymizeResult:
    """The clip, in which the detector sees nothing for some frames."""
    glance, look_at = Looks.glance, Looks.look_at
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Looks, "glance", lambda own, frame, **more: blind(frame) or glance(own, frame, **more))
        patch.setattr(
            Looks, "look_at", lambda own, frame, boxes, **more: blind(frame) or look_at(own, frame, boxes, **more)
        )
        return anonymize(clip, progress=False)


class _Blind(list[Any]):
    def __bool__(self) -> bool:
        return True


def blind(frame: Any) -> Any:
    return _Blind() if frame.info.index in BLIND else None


def test_anonymize_covers_the_face_in_every_frame(clip: Path, blinded: AnonymizeResult) -> None:
    assert blinded.output_path == str(clip.with_name("clip_anonymized.mp4"))
    assert all(map(is_hidden, list_likenesses(clip, blinded.output_path, PLACES)))


def test_anonymize_covers_while_the_detector_sees_nothing(blinded: AnonymizeResult) -> None:
    (track,) = (track for track in blinded.tracks if not track.removed)
    assert {track.spots[index].mark for index in BLIND} <= {"tracked", "filled"}
    assert track.count("detected") >= 8


def test_anonymize_leaves_the_rest_times_and_audio(clip: Path, blinded: AnonymizeResult) -> None:
    before, after = see(clip), see(blinded.output_path or "")
    assert after.times == before.times
    far = before.bgr(3).astype(int)[:, 240:] - after.bgr(3)[:, 240:]
    assert abs(far).max() < 12
    import av

    with av.open(blinded.output_path or "") as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]


def test_anonymize_writes_a_report_and_a_page(blinded: AnonymizeResult) -> None:
    content = json.loads(Path(blinded.report_path or "").read_text())
    assert content["schema"] == "framechain.anonymize/1"
    assert content["source"]["frames"] == len(PLACES)
    assert len(content["source"]["sha256"]) == 64
    (track,) = (track for track in content["tracks"] if not track["removed"])
    assert track["detected"] + track["tracked"] + track["filled"] == len(track["boxes"]) == len(PLACES)
    index, x, y, width, height, mark, _ = track["boxes"][4]
    assert (index, mark) == (4, "detected")
    assert abs(x + width / 2 - PLACES[4][0] - SIDE / 2) < 6
    assert abs(y + height / 2 - PLACES[4][1] - SIDE / 2) < 6
    page = Path(blinded.page_path or "").read_text()
    assert "This page shows faces" in page
    assert page.count("data:image/jpeg") >= 3 + len(PLACES)
    assert "http://" not in page
    assert "https://" not in page


def edit(result: AnonymizeResult, folder: Path, **changes: Any) -> str:
    content = json.loads(Path(result.report_path or "").read_text())
    for track in content["tracks"]:
        track["removed"] = changes.get("removed", track["removed"])
    content["added"] = changes.get("added", [])
    path = folder / "edited.json"
    path.write_text(json.dumps(content))
    return str(path)


def test_anonymize_edit_uncovers_and_covers_without_looking(
    clip: Path, blinded: AnonymizeResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(LookPass, "process_frame")
    added = [{"from": 2, "to": 6, "boxes": {"2": [60, 80, SIDE, SIDE], "6": [90, 86, SIDE, SIDE]}}]
    output = str(tmp_path / "again.mp4")
    made = anonymize(clip, output, edit=edit(blinded, tmp_path, removed=True, added=added), progress=False)
    hidden = [is_hidden(likeness) for likeness in list_likenesses(clip, output, PLACES)]
    assert hidden == [2 <= index <= 6 for index in range(len(PLACES))]
    # What was written can be edited again.
    content = json.loads(Path(made.report_path or "").read_text())
    assert content["added"] == added
    assert all(track["removed"] for track in content["tracks"])
    assert "added" in Path(made.page_path or "").read_text()


def test_anonymize_edit_of_another_clip_is_refused(blinded: AnonymizeResult, tmp_path: Path) -> None:
    other = write_face_clip(tmp_path / "other.mp4", [(90, 90)] * 2)
    with pytest.raises(ArgumentError, match="is the report of another clip"):
        anonymize(other, edit=blinded.report_path, progress=False)
    with pytest.raises(ArgumentError, match="threshold is for looking at the clip"):
        anonymize(other, edit=blinded.report_path, threshold=0.5)


def test_anonymize_ends_tracks_at_a_cut(tmp_path: Path) -> None:
    clip = write_face_clip(tmp_path / "cut.mp4", [(100, 80)] * 6 + [None] * 5)
    result = anonymize(clip, report=False, progress=False)
    (track,) = (track for track in result.tracks if not track.removed)
    assert (track.first, track.last) == (0, 5)
    assert (result.report_path, result.page_path) == (None, None)
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".json") == [
        "cut.mp4",
        "cut_anonymized.mp4",
    ]
    before, after = see(clip), see(result.output_path or "")
    assert measure_likeness(before.bgr(6), after.bgr(6), 100, 80) > LEFT_ALONE


@pytest.mark.parametrize("at", ["look", "cover", "unseen"])
def test_anonymize_after_an_error_leaves_no_output(at: str, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = clip.with_name(f"{at}.mp4")

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("broken")

    def see_less(self: CoverPass, tracks: Sequence[Any], looked_at: range, *rest: Any) -> None:
        make(self, tracks, looked_at[:-1], *rest)

    make = CoverPass.__init__
    if at == "unseen":
        monkeypatch.setattr(CoverPass, "__init__", see_less)
    else:
        monkeypatch.setattr(*((Looks, "look_at", fail) if at == "look" else (FaceCover, "hide", fail)))
    with pytest.raises(FramechainError, match="was not looked at" if at == "unseen" else "broken"):
        anonymize(clip, output, progress=False)
    assert list(clip.parent.glob(f"*{at}*")) == []


def test_anonymize_of_a_part_writes_that_part(clip: Path, tmp_path: Path) -> None:
    result = anonymize(
        clip, tmp_path / "part.mp4", start=0.2, end=0.4, cover="solid", colour=(0, 0, 255), progress=False
    )
    seen = see(result.output_path or "")
    assert seen.count == 5
    assert min(seen.bgr(0)[80 + SIDE // 2, 60 + 25 + SIDE // 2, ::-1][:1]) > 200


def test_anonymize_of_an_image_covers_it(tmp_path: Path) -> None:
    image = place_face(120, 90)
    assert cv2.imwrite(str(tmp_path / "me.png"), image)
    result = anonymize(tmp_path / "me.png", size=1.2)
    assert result.output_path == str(tmp_path / "me_anonymized.png")
    assert is_hidden(measure_likeness(image, cv2.imread(result.output_path), 120, 90))
    assert (tmp_path / "me_anonymized.html").exists()


def test_anonymize_refuses_what_cannot_work(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="a camera or a live stream, and anonymize reads its input twice"):
        anonymize("rtsp://host/stream")
    with pytest.raises(ArgumentTypeError, match="give the path of a file, got 0"):
        anonymize(0)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"threshold must be a number"):
        anonymize(clip, threshold=7)
    with pytest.raises(FramechainError, match=r"the folder .* does not exist"):
        anonymize(clip, tmp_path / "no" / "out.mp4")
    with pytest.raises(ArgumentError, match="must be named as JSON"):
        anonymize(clip, report=tmp_path / "report.html")
