"""Before and after: a divider where both fit onto each other, else side by side."""

from __future__ import annotations

import pytest
from support.pages import Page

from framechain.markup.comparison import make_comparison
from framechain.markup.elements import Element


def element(width: int = 64, height: int = 48, seconds: float | None = None) -> Element:
    tag = "<img>" if seconds is None else "<video></video>"
    return Element(tag, "it", width, height, seconds)


@pytest.mark.parametrize(
    ("before", "after", "is_slider"),
    [
        (element(), element(), True),
        (element(), element(128, 96), True),
        (element(), element(64, 64), False),
        (element(0, 0), element(), False),
        (element(seconds=2.0), element(seconds=2.1), True),
        (element(seconds=2.0), element(seconds=3.0), False),
        (element(seconds=0.0), element(seconds=0.0), False),
        (element(seconds=2.0), element(), False),
        (element(), element(seconds=2.0), False),
    ],
)
def test_comparison_has_a_divider_if_both_fit(before: Element, after: Element, is_slider: bool) -> None:
    page = Page(make_comparison(before, after))
    assert page.has("framechain-compare") is is_slider
    assert len(page.find("script")) == is_slider
    assert page.has("framechain-player") is (is_slider and after.seconds is not None)
    assert page.text.split("\n")[:2] == ["before: it", "after: it"]


def test_comparison_shows_both_side_by_side_where_that_is_asked_for() -> None:
    assert not Page(make_comparison(element(), element(), slider=False)).has("framechain-compare")


def test_comparison_without_a_script_hides_what_only_the_script_can_use() -> None:
    page = Page(make_comparison(element(seconds=2.0), element(seconds=2.0)))
    divider = next(attributes for attributes in page.find("input") if attributes["class"] == "framechain-divider")
    player = next(attributes for attributes in page.find("div") if attributes["class"] == "framechain-player")
    assert "hidden" in divider
    assert "hidden" in player
    assert divider["aria-label"]
