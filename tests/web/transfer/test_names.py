"""Names that visitors give to files."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framechain.web.transfer.downloads import make_disposition
from framechain.web.transfer.names import clean_name, number_names


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("clip.mp4", "clip.mp4"),
        ("/etc/passwd", "passwd"),
        ("..", "upload"),
        ("", "upload"),
        (" . ", "upload"),
        (".htaccess", "htaccess"),
        ("a\0b\r\nc.mp4", "abc.mp4"),
        ("CON", "_CON"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("command.mp4", "command.mp4"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("a: <b>|c?.mp4", "a_ _b__c_.mp4"),
        ("trailing. . ", "trailing"),
        ("e\u0301.png", "\u00e9.png"),
        ("日本語 🎬.mov", "日本語 🎬.mov"),
    ],
)
def test_clean_name_keeps_what_every_system_takes(given_name: str, expected: str) -> None:
    assert clean_name(given_name) == expected


@given(st.text(max_size=400))
def test_clean_name_of_any_text_is_a_short_name_and_stays_as_it_is(text: str) -> None:
    name = clean_name(text)
    assert name
    assert name == clean_name(name)
    assert os.path.basename(name) == name
    assert name not in (".", "..")
    assert len(name.encode()) <= 151
    assert name.isprintable()
    assert make_disposition("attachment", name).isascii()
    assert make_disposition("attachment", name).count('"') == 2


def test_number_names_gives_each_a_name_of_its_own() -> None:
    assert number_names(["a.png", "a (2).png", "A.png", "a.png"]) == ["a.png", "a (2).png", "A (3).png", "a (4).png"]
