"""What is kept for visitors: names, limits, expiry."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from framechain.web.options import WebOptions
from framechain.web.refused import RefusedError
from framechain.web.shelf import KeptFile, Shelf, Shelves
from framechain.web.visitors import Visitor


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def make_shelf(folder: Path, *, storage: int = 1000, minutes: float = 2) -> tuple[Shelves, Visitor, Clock]:
    clock = Clock()
    options = WebOptions(max_storage=storage, keep_minutes=minutes)
    return Shelves(options, clock=clock), Visitor("me", folder / "me"), clock


def put(shelf: Shelf, size: int, name: str = "beach.jpg") -> KeptFile:
    file = shelf.add(name=name, kind="image", suffix=".jpg")
    file.path.write_bytes(bytes(size))
    shelf.resize(file, size)
    return file


def test_add_name_with_a_path_in_it_makes_a_path_of_ours_in_the_visitors_folder(tmp_path: Path) -> None:
    shelves, visitor, _ = make_shelf(tmp_path)
    assert not visitor.folder.exists()
    files = [put(shelves.get(visitor), 1, "../../../etc/passwd") for _ in range(2)]
    for file in files:
        assert file.path.parent == visitor.folder
        assert file.path.suffix == ".jpg"
        assert "passwd" not in str(file.path)
        assert file.name == "../../../etc/passwd"
        assert file.id not in str(file.path)
    assert files[0].path != files[1].path
    assert files[0].id != files[1].id
    assert visitor.folder.stat().st_mode & 0o077 == 0


def test_resize_beyond_the_limit_of_all_visitors_is_refused_and_counts_as_before(tmp_path: Path) -> None:
    shelves, visitor, _ = make_shelf(tmp_path)
    other = Visitor("other", tmp_path / "other")
    mine, theirs = put(shelves.get(visitor), 600), put(shelves.get(other), 300)
    with pytest.raises(RefusedError, match="at most 1e-06 GB for all visitors; remove") as refused:
        shelves.get(other).resize(theirs, 401)
    assert refused.value.status == 429
    assert shelves.used == 900
    assert theirs.size == 300
    shelves.get(visitor).remove(mine)
    shelves.get(other).resize(theirs, 1000)
    assert shelves.used == 1000


def test_find_file_of_another_visitor_is_refused_as_one_that_does_not_exist(tmp_path: Path) -> None:
    shelves, visitor, _ = make_shelf(tmp_path)
    file = put(shelves.get(visitor), 1)
    assert shelves.get(visitor).find(file.id) is file
    messages = []
    for identity in (file.id, "none"):
        with pytest.raises(RefusedError) as refused:
            shelves.get(Visitor("other", tmp_path / "other")).find(identity)
        assert refused.value.status == 404
        messages.append(str(refused.value))
    assert messages[0] == messages[1]


def test_expire_removes_what_was_finished_minutes_ago_and_not_what_is_written(tmp_path: Path) -> None:
    shelves, visitor, clock = make_shelf(tmp_path)
    shelf, told = shelves.get(visitor), []
    finished, written = put(shelf, 10), put(shelf, 20)
    finished.on_remove = lambda: told.append("gone")
    shelf.start_expiry(finished)
    clock.seconds = 119
    shelves.expire()
    assert list(shelf) == [finished, written]
    assert shelf.count_seconds_left(finished) == 1
    clock.seconds = 100_000
    assert shelf.count_seconds_left(written) == 120
    shelves.expire()
    assert list(shelf) == [written]
    assert told == ["gone"]
    assert shelves.used == 20
    assert not finished.path.exists()
    assert written.path.exists()


def test_drop_visitor_removes_all_and_takes_nothing_more(tmp_path: Path) -> None:
    shelves, visitor, _ = make_shelf(tmp_path)
    shelf = shelves.get(visitor)
    file = put(shelf, 10)
    asyncio.run(shelves.drop(visitor))
    assert shelves.used == 0
    assert not file.path.exists()
    assert not list(shelf)
    shelf.resize(file, 500)
    assert shelves.used == 0
    with pytest.raises(RefusedError):
        put(shelf, 1)
