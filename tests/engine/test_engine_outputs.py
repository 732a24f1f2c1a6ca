"""Engine(output_path=...): next to the input, nowhere, or an open file."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.media import decode_bgra, flat, flats, see, write_clip
from support.windows import FakeWindow

from framechain import NO_OUTPUT, ArgumentError, ArgumentTypeError, Engine, FramechainWarning, ObjectError, OutputError


@pytest.fixture
def greys(tmp_path: Path) -> Path:
    return Path(write_clip(tmp_path / "greys.mp4", flats(6)))


def test_no_output_writes_nothing_for_a_video_and_an_image(greys: Path, tmp_path: Path) -> None:
    seen: list[int] = []
    cv2.imwrite(str(tmp_path / "image.png"), flat(1))
    before = sorted(os.listdir(tmp_path))

    def count(frame: Any) -> Any:
        seen.append(1)
        return frame

    for given in ({"video_path": greys}, {"image_path": tmp_path / "image.png"}, {"source": greys}):
        result = Engine(**given, custom_objects=[count], output_path=NO_OUTPUT).run()
        assert (result.output_path, result.frames_written) == (None, 0)
    assert len(seen) == 13
    assert sorted(os.listdir(tmp_path)) == before


def test_no_output_with_a_window_shows_and_writes_nothing(
    greys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows: list[FakeWindow] = []

    def make(title: str) -> FakeWindow:
        windows.append(FakeWindow(title))
        return windows[0]

    monkeypatch.setattr("framechain.live.session.Window", make)
    for given in ({"video_path": greys}, {"source": flats(6)}):
        windows.clear()
        result = Engine(**given, show=True, output_path=NO_OUTPUT).run()
        assert (result.output_path, result.frames_processed, len(windows[0].shown)) == (None, 6, 6)
    assert os.listdir(tmp_path) == ["greys.mp4"]


def test_no_output_process_image_writes_nothing(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "image.png"), flat(1))
    assert Engine(image_path=tmp_path / "image.png").process_image(output_path=NO_OUTPUT).shape == (48, 64, 3)
    assert Engine(output_path=NO_OUTPUT).process_image(tmp_path / "image.png").shape == (48, 64, 3)
    assert os.listdir(tmp_path) == ["image.png"]
    assert repr(NO_OUTPUT) == "framechain.NO_OUTPUT"


@pytest.mark.parametrize("how", ["Engine", "process_image"])
def test_empty_output_path_is_refused(how: str, greys: Path) -> None:
    with pytest.raises(ArgumentError, match=r"path is empty: give a path, framechain\.NO_OUTPUT for nothing, or None"):
        Engine(video_path=greys, output_path="") if how == "Engine" else Engine().process_image(flat(1), "")


@pytest.mark.parametrize("wrong", [5, b"o.mp4", ["o.mp4"], io.BytesIO, False])
def test_output_path_of_another_type_is_refused(wrong: Any) -> None:
    with pytest.raises(ArgumentTypeError, match=r"the output must be a path, .*NO_OUTPUT .* or None .*; got"):
        Engine(output_path=wrong)


def test_open_file_gets_the_same_video_as_a_path(greys: Path, tmp_path: Path) -> None:
    file = io.BytesIO()
    result = Engine(video_path=greys, output_path=file).run()
    assert (result.output_path, result.frames_written) == (None, 6)
    Engine(video_path=greys, output_path=tmp_path / "o.mp4").run()
    assert file.getvalue() == (tmp_path / "o.mp4").read_bytes()
    (tmp_path / "copy.mp4").write_bytes(file.getvalue())
    assert len(see(tmp_path / "copy.mp4").planes) == 6
    assert sorted(os.listdir(tmp_path)) == ["copy.mp4", "greys.mp4", "o.mp4"]


def test_open_file_gets_an_image_and_bytes_become_bytes() -> None:
    _, data = cv2.imencode(".png", flat(30))
    file = io.BytesIO()
    Engine(source=data.tobytes(), custom_objects=[lambda frame: frame + 1], output_path=file).run()
    found = cv2.imdecode(np.frombuffer(file.getvalue(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.all(found == 31)


def test_open_file_frames_with_alpha_are_a_webm(tmp_path: Path) -> None:
    def halve(frame: Any) -> Any:
        return np.dstack([frame, np.full(frame.shape[:2], 128, np.uint8)])

    halve.gives_alpha = True  # type: ignore[attr-defined]
    file = io.BytesIO()
    Engine(source=flats(3), custom_objects=[halve], output_path=file).run()
    (tmp_path / "o.webm").write_bytes(file.getvalue())
    assert all(abs(int(image[20, 20, 3]) - 128) < 4 for image in decode_bgra(tmp_path / "o.webm"))


def test_open_file_that_counts_as_false_gets_the_result(greys: Path) -> None:
    class Counted(io.BytesIO):
        def __len__(self) -> int:
            return len(self.getvalue())

    file = Counted()
    Engine(video_path=greys, output_path=file).run()
    assert len(file) > 1000


def test_open_file_after_an_error_is_untouched(greys: Path) -> None:
    file = io.BytesIO()

    def fail(frame: Any, info: Any) -> Any:
        if info.index == 4:
            raise RuntimeError("no")
        return frame

    with pytest.raises(ObjectError):
        Engine(video_path=greys, custom_objects=[fail], output_path=file).run()
    assert file.getvalue() == b""


def test_open_file_for_reading_is_refused_at_construction(greys: Path) -> None:
    with (
        greys.open("rb") as file,
        pytest.raises(ArgumentTypeError, match="is open for reading: open it with mode 'wb'"),
    ):
        Engine(video_path=greys, output_path=file)


def test_open_file_of_another_format_is_refused_before_any_work(greys: Path, tmp_path: Path) -> None:
    calls: list[int] = []
    with (tmp_path / "o.avi").open("wb") as file, pytest.raises(OutputError, match=r"'\.avi' is no video format"):
        Engine(video_path=greys, custom_objects=[calls.append], output_path=file).run()
    assert not calls


def test_open_file_records_a_camera(greys: Path, tmp_path: Path) -> None:
    file = io.BytesIO()
    with pytest.warns(FramechainWarning, match="gave no more frames after 6"):
        result = Engine(webcam_id=str(greys), output_path=file).run()
    (tmp_path / "o.mp4").write_bytes(file.getvalue())
    assert result.frames_written == len(see(tmp_path / "o.mp4").planes) > 0
