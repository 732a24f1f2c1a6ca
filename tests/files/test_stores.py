"""Inputs, backgrounds and outputs on s3, which moto plays in this process: no network."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from support.audio import has_audio
from support.media import flat, photo, see

from framechain import Engine, FramechainWarning, MPSegmentation
from framechain.cli.program import main
from framechain.errors import FramechainError, MediaError, MissingInputError, ObjectError, OutputError

boto3 = pytest.importorskip("boto3")
moto = pytest.importorskip("moto")


class Bucket:
    """A bucket named "media"."""

    def __init__(self, client: Any) -> None:
        self._client = client
        client.create_bucket(Bucket="media")

    def put(self, key: str, data: bytes) -> None:
        self._client.put_object(Bucket="media", Key=key, Body=data)

    def get(self, key: str) -> bytes:
        data: bytes = self._client.get_object(Bucket="media", Key=key)["Body"].read()
        return data

    def keys(self) -> list[str]:
        return sorted(entry["Key"] for entry in self._client.list_objects_v2(Bucket="media").get("Contents", []))


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """The bucket; afterwards no temporary file may be left."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    (tmp_path / "temporary").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path / "here")
    with moto.mock_aws():
        yield Bucket(boto3.client("s3"))
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.fixture
def stocked(bucket: Bucket, clip: Path, samples: Path) -> Bucket:
    bucket.put("clip.mp4", clip.read_bytes())
    bucket.put("people/me.v2.jpg", (samples / "portrait.jpg").read_bytes())
    return bucket


def negative(frame: Any) -> Any:
    return 255 - frame


def short(**arguments: Any) -> Any:
    return Engine(custom_objects=[negative], end_video_frame=4, break_on_end=True, progress=False, **arguments).run()


def test_engine_video_of_a_bucket_is_written_beside_it(stocked: Bucket, tmp_path: Path, clip: Path) -> None:
    result = short(video_path="s3://media/clip.mp4")
    assert result.output_path == "s3://media/clip_out.mp4"
    assert result.frames_written == 5
    assert stocked.keys() == ["clip.mp4", "clip_out.mp4", "people/me.v2.jpg"]
    (tmp_path / "o.mp4").write_bytes(stocked.get("clip_out.mp4"))
    seen = see(tmp_path / "o.mp4")
    assert (seen.count, seen.size, has_audio(tmp_path / "o.mp4")) == (5, (640, 360), True)
    assert np.abs(seen.bgr(2) - (255 - see(clip, 3).bgr(2).astype(int))).mean() < 4
    assert list(Path().iterdir()) == []


def test_engine_image_of_a_folder_in_a_bucket_is_read(stocked: Bucket, samples: Path) -> None:
    result = Engine("s3://media/people/me.v2.jpg", custom_objects=[negative]).run()
    assert result.output_path == "s3://media/people/me.v2_out.jpg"
    data = np.frombuffer(stocked.get("people/me.v2_out.jpg"), np.uint8)
    expected = 255 - cv2.imread(str(samples / "portrait.jpg"))
    assert np.abs(cv2.imdecode(data, cv2.IMREAD_COLOR) - expected.astype(int)).mean() < 2


def test_engine_local_input_and_bucket_output_can_be_mixed(stocked: Bucket, clip: Path, tmp_path: Path) -> None:
    short(video_path=clip, output_path="s3://media/new/folder/o.mp4")
    (tmp_path / "a.mp4").write_bytes(stocked.get("new/folder/o.mp4"))
    short(video_path="s3://media/clip.mp4", output_path=tmp_path / "b.mp4")
    assert see(tmp_path / "a.mp4").count == see(tmp_path / "b.mp4").count == 5
    Engine("s3://media/people/me.v2.jpg", output_path="here.png").run()
    assert cv2.imread("here.png").shape == (512, 512, 3)


def test_engine_output_in_a_bucket_is_replaced_when_complete(stocked: Bucket) -> None:
    def fail(frame: Any, info: Any) -> Any:
        return frame if info.index < 3 else 1 / 0

    stocked.put("clip_out.mp4", b"precious")
    with pytest.raises(ObjectError):
        Engine(video_path="s3://media/clip.mp4", custom_objects=[fail], progress=False).run()
    assert stocked.get("clip_out.mp4") == b"precious"
    short(video_path="s3://media/clip.mp4")
    assert len(stocked.get("clip_out.mp4")) > 1000


@pytest.mark.slow
def test_gallery_images_of_a_bucket_are_read(bucket: Bucket) -> None:
    for name, value in (("2.png", 20), ("10.png", 100), ("1.png", 10)):
        bucket.put(f"rooms/{name}", cv2.imencode(".png", flat(value))[1].tobytes())
    bucket.put("rooms/notes.txt", b"no image")
    bucket.put("rooms/more/3.png", b"not in this folder")
    for folder in ("s3://media/rooms", "s3://media/rooms/"):
        segmentation = MPSegmentation(bg_images_path=folder)
        seen = [int(segmentation(photo())[0, 0, 0])]
        for _ in range(3):
            assert segmentation.change_image() is True
            seen.append(int(segmentation(photo())[0, 0, 0]))
        assert seen == [10, 20, 100, 10]
    assert MPSegmentation(bg_image="s3://media/rooms/10.png")(photo())[0, 0].tolist() == [100, 100, 100]


def test_gallery_damaged_image_of_a_bucket_is_skipped(bucket: Bucket) -> None:
    bucket.put("rooms/1.png", b"no image")
    bucket.put("rooms/2.png", cv2.imencode(".png", flat(20))[1].tobytes())
    with pytest.warns(FramechainWarning, match=r"cannot read s3://media/rooms/1\.png.*skipped"):
        segmentation = MPSegmentation(bg_images_path="s3://media/rooms")
    assert segmentation(photo())[0, 0, 0] == 20


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"video_path": "s3://media/no.mp4"}, MissingInputError, "video not found: s3://media/no.mp4"),
        ({"image_path": "s3://media/no.jpg"}, MissingInputError, "image not found: s3://media/no.jpg"),
        ({"video_path": "s3://elsewhere/clip.mp4"}, MissingInputError, "s3://elsewhere/clip.mp4"),
        ({"image_path": "s3://media/text.jpg"}, MediaError, "cannot read s3://media/text.jpg: it is not an image"),
        (
            {"video_path": "s3://media/clip.mp4", "output_path": "s3://elsewhere/o.mp4"},
            OutputError,
            "s3://elsewhere/o.mp4",
        ),
        ({"video_path": "s3://media/clip.mp4", "output_path": "s3://media/o.xyz"}, OutputError, "cannot write s3://"),
        ({"video_path": "nothing://media/clip.mp4"}, FramechainError, "nothing://media/clip.mp4"),
    ],
)
def test_store_missing_file_is_an_error(
    arguments: dict[str, str], error: type[Exception], message: str, stocked: Bucket
) -> None:
    stocked.put("text.jpg", b"no image")
    before = stocked.keys()
    with pytest.raises(error, match=message):
        short(**arguments)
    assert stocked.keys() == before
    assert list(Path().iterdir()) == []


def test_gallery_folder_of_a_bucket_that_is_a_file_is_an_error(bucket: Bucket) -> None:
    bucket.put("rooms/wall.png", b"a file")
    with pytest.raises(MissingInputError, match="background folder not found: s3://media/none"):
        MPSegmentation(bg_images_path="s3://media/none")
    with pytest.raises(MissingInputError, match="cannot reach the background folder s3://elsewhere/rooms"):
        MPSegmentation(bg_images_path="s3://elsewhere/rooms")
    with pytest.raises(MediaError, match=r"must be a folder, s3://media/rooms/wall\.png is a file"):
        MPSegmentation(bg_images_path="s3://media/rooms/wall.png")


def test_command_line_reads_and_writes_a_bucket(stocked: Bucket, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["s3://media/clip.mp4", "--end", "2", "--break-on-end", "--background", "#00ff00"]
    assert main(arguments) == 0
    out, err = capfd.readouterr()
    assert out.startswith("wrote s3://media/clip_out.mp4: 3 frames in ")
    assert err == ""
    assert main(["s3://media/no.mp4"]) == 1
    assert capfd.readouterr().err.count("\n") == 1
    assert len(stocked.get("clip_out.mp4")) > 1000
