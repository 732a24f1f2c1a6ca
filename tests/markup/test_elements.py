"""Pieces of HTML: what comes from outside is text, never markup."""

from __future__ import annotations

import pytest
from support.pages import Page

from framechain.markup.elements import (
    Element,
    escape,
    make_figure,
    make_grid,
    make_note,
    make_page,
    make_row,
    make_table,
)

NASTY = '"><script>alert(1)</script><img src=x onerror=alert(1)>.jpg'


def test_escape_of_a_name_that_is_no_utf8_can_be_saved() -> None:
    assert escape("a\udcff.jpg").encode() == b"a?.jpg"


@pytest.mark.parametrize(
    "html",
    [
        make_note(NASTY),
        make_table(NASTY, {NASTY: NASTY}),
        make_figure(Element("<img>", NASTY, notes=(NASTY,)), NASTY),
        make_page(make_row([Element("<img>", NASTY)]), make_grid([Element("<img>", NASTY)])),
    ],
)
def test_name_that_looks_like_markup_is_text(html: str) -> None:
    page = Page(html)
    assert page.find("script") == []
    assert all("onerror" not in attributes for _, attributes in page.tags)
    assert NASTY in page.text


def test_table_shortens_long_values() -> None:
    page = Page(make_table("it", {"a": "x" * 500, "b": 3}))
    assert [line for line in page.text.split("\n") if line] == ["it", "a", "x" * 197 + "...", "b", "3"]


def test_page_brings_its_style_and_no_script() -> None:
    page = Page(make_page(make_note("hello")))
    assert len(page.find("style")) == 1
    assert page.find("script") == []
    assert page.text.strip() == "hello"
