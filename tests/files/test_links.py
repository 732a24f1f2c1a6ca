"""Outputs through symbolic links: what the link leads to is written, or a sentence says why not."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.media import flats, photo, see, write_clip

from framechain import Engine, FramechainError
from framechain.files import links
from framechain.files.atomic_output import AtomicOutput

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links need a right there")

OTHER_USER = 12_345


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that links lead into."""
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def write(target: Path, content: bytes = b"complete") -> None:
    with AtomicOutput(target) as output:
        output.write(content)
        output.commit()


@pytest.mark.parametrize("suffix", [".mp4", ".png"])
@pytest.mark.parametrize("before", [None, 0o640], ids=["dangling", "existing"])
def test_engine_output_through_a_link_writes_the_target(
    before: int | None, suffix: str, folder: Path, tmp_path: Path
) -> None:
    link, target = tmp_path / f"link{suffix}", folder / "target"  # The link's suffix chooses the format.
    link.symlink_to(target)
    if before:
        target.write_text("before")
        target.chmod(before)
    seen: list[set[str]] = []

    def look(frame: object) -> object:
        seen.append(set(os.listdir(folder)))
        assert before is None or target.read_text() == "before"
        return frame

    if suffix == ".mp4":
        clip = write_clip(tmp_path / "clip.mp4", flats(3))
        result = Engine(video_path=clip, output_path=link, custom_objects=[look], progress=False).run()
        assert see(target).count == 3
    else:
        assert cv2.imwrite(str(tmp_path / "me.png"), photo())
        result = Engine(image_path=tmp_path / "me.png", output_path=link, custom_objects=[look]).run()
        assert cv2.imdecode(np.fromfile(target, np.uint8), cv2.IMREAD_COLOR).shape == photo().shape
    assert result.output_path == str(link)
    assert link.is_symlink()
    assert os.readlink(link) == str(target)
    assert os.listdir(folder) == ["target"]
    # The temporary file and the lock were beside the target: a rename is atomic only within one folder.
    hidden = {name.split(".framechain-")[0] for name in seen[0] if name.startswith(".")}
    assert hidden == {".target"}
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]
    if before:
        assert target.stat().st_mode & 0o777 == before


@pytest.mark.parametrize("where", ["data/target", "./data/../data/target", "hop", "inner/../target"])
def test_atomic_output_relative_links_and_chains_are_followed(
    where: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hop").symlink_to("data/second")
    (folder / "second").symlink_to("target")
    (folder / "deep").mkdir()
    (tmp_path / "inner").symlink_to("data/deep")  # "inner/.." is data.
    link = tmp_path / "link"
    link.symlink_to(where)
    monkeypatch.chdir("/")
    write(link)
    assert (folder / "target").read_bytes() == b"complete"
    assert not (folder / "target").is_symlink()
    assert link.is_symlink()
    assert (tmp_path / "hop").is_symlink()
    assert (folder / "second").is_symlink()
    assert not (tmp_path / "target").exists()


def test_atomic_output_link_and_target_are_one_place(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder / "target")
    with AtomicOutput(folder / "target"), pytest.raises(FramechainError, match="another run is writing it"):
        AtomicOutput(tmp_path / "link")
    with AtomicOutput(tmp_path / "link"), pytest.raises(FramechainError, match="another run is writing it"):
        AtomicOutput(folder / "target")


def test_atomic_output_thrown_away_leaves_link_and_target(folder: Path, tmp_path: Path) -> None:
    (folder / "target").write_text("before")
    (tmp_path / "link").symlink_to(folder / "target")
    with AtomicOutput(tmp_path / "link") as output:
        output.write(b"half")
    assert (tmp_path / "link").is_symlink()
    assert (folder / "target").read_text() == "before"
    assert os.listdir(folder) == ["target"]


def test_atomic_output_link_retargeted_meanwhile_is_not_followed_again(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder / "target")
    with AtomicOutput(link) as output:
        output.write(b"complete")
        link.unlink()
        link.symlink_to(folder / "treasure")
        output.commit()
    assert os.listdir(folder) == ["target"]


def test_atomic_output_target_that_becomes_a_link_meanwhile_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder / "target")
    with AtomicOutput(tmp_path / "link") as output:
        output.write(b"complete")
        (folder / "target").symlink_to(folder / "treasure")
        with pytest.raises(FramechainError, match=r"cannot write .*link: it has become a symbolic link to .*treasure"):
            output.commit()
    assert os.listdir(folder) == ["target"]


# What is refused


def make_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def make_folder(folder: Path) -> Path:
    (folder / "folder").mkdir()
    return folder / "folder"


def make_circle(folder: Path) -> Path:
    (folder / "circle").symlink_to("circle")
    return folder / "circle"


REFUSED = {
    "pipe": (make_pipe, r"it is a symbolic link to .*/pipe, which is a device or a pipe, give a file name"),
    "device": (lambda folder: Path("/dev/null"), "it is a symbolic link to /dev/null, which is a device or a pipe"),
    "folder": (make_folder, "it is a folder, give a file name"),
    "circle": (make_circle, "its symbolic links lead in a circle"),
    "missing folder": (lambda folder: folder / "none" / "x", r"and the folder .*/none does not exist, create it first"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_atomic_output_link_to_no_file_is_refused(what: str, folder: Path, tmp_path: Path) -> None:
    make, why = REFUSED[what]
    (tmp_path / "link").symlink_to(make(folder))
    before = sorted(os.listdir(folder))
    with pytest.raises(FramechainError, match=rf"cannot write {tmp_path}/link: .*{why}"):
        AtomicOutput(tmp_path / "link")
    assert sorted(os.listdir(folder)) == before
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("exists", [True, False])
def test_atomic_output_link_into_a_folder_of_everybody_is_refused(exists: bool, folder: Path, tmp_path: Path) -> None:
    folder.chmod(0o1777)
    if exists:
        (folder / "target").write_text("precious")
    (tmp_path / "link").symlink_to(folder / "target")
    why = r"it is a symbolic link to .*/target, in a folder that others may write to"
    with pytest.raises(FramechainError, match=rf"cannot write {tmp_path}/link: {why}"):
        AtomicOutput(tmp_path / "link")
    assert os.listdir(folder) == (["target"] if exists else [])
    write(folder / "target")  # The path itself is the user's own decision.


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root may give a link to another user")
def test_atomic_output_link_of_another_user_in_a_folder_of_everybody_is_refused(folder: Path, tmp_path: Path) -> None:
    """As in /tmp: somebody puts a link to a file of ours under the name that we will write."""
    place = tmp_path / "everybody"
    place.mkdir()
    place.chmod(0o1777)
    link = place / "out.mp4"
    link.symlink_to(folder / "target")
    write(link, b"ours")
    os.chown(link, OTHER_USER, OTHER_USER, follow_symlinks=False)
    with pytest.raises(
        FramechainError, match=r"cannot write .*out\.mp4: .*out\.mp4 is a symbolic link of another user"
    ):
        AtomicOutput(link)
    assert (folder / "target").read_bytes() == b"ours"
    place.chmod(0o755)  # Where only we may write, nobody else has put it.
    write(link, b"ours again")
    assert (folder / "target").read_bytes() == b"ours again"


def test_resolve_output_every_link_of_a_chain_is_checked(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "everybody"
    place.mkdir()
    place.chmod(0o1777)
    (place / "second").symlink_to(folder / "target")
    (tmp_path / "first").symlink_to(place / "second")
    assert links.resolve_output(str(tmp_path / "first"), "first") == str(folder / "target")
    monkeypatch.setattr(os, "geteuid", lambda: OTHER_USER)  # Now it is not ours.
    with pytest.raises(FramechainError, match="second is a symbolic link of another user"):
        links.resolve_output(str(tmp_path / "first"), "first")
