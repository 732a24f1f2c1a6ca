"""Which matrix is computed with, and which colour space is written."""

from __future__ import annotations

import pytest

from framechain.pixels.colour import (
    BT601,
    BT709,
    HLG,
    PQ,
    UNSPECIFIED,
    ColourSpace,
    choose_matrix,
    choose_output_colour,
    guess_matrix,
    is_hdr,
)


@pytest.mark.parametrize(
    ("width", "height", "matrix"),
    [
        (1279, 576, BT601),
        (1280, 2, BT709),
        (2, 1280, BT709),
        (1279, 577, BT709),
        (577, 577, BT709),
        (576, 1279, BT601),
        (720, 576, BT601),
        (1280, 720, BT709),
    ],
)
def test_guess_matrix_hd_begins_at_1280_or_577(width: int, height: int, matrix: int) -> None:
    assert guess_matrix(width, height) == matrix
    assert choose_matrix(ColourSpace(), width, height) == matrix


@pytest.mark.parametrize("matrix", [1, 4, 5, 6, 7, 9])
def test_choose_matrix_specified_one_wins_over_the_size(matrix: int) -> None:
    assert choose_matrix(ColourSpace(matrix), 1920, 1080) == matrix
    assert choose_matrix(ColourSpace(matrix), 320, 240) == matrix


@pytest.mark.parametrize("matrix", [UNSPECIFIED, 3, 8, 10, 14])
def test_choose_matrix_unknown_one_is_guessed_from_the_size(matrix: int) -> None:
    assert choose_matrix(ColourSpace(matrix), 1920, 1080) == BT709
    assert choose_matrix(ColourSpace(matrix), 320, 240) == BT601


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_choose_output_colour_hdr_becomes_bt709(transfer: int) -> None:
    hdr = ColourSpace(9, True, 9, transfer)
    assert is_hdr(hdr)
    assert choose_output_colour(hdr) == ColourSpace(BT709, False, BT709, BT709)


def test_choose_output_colour_sdr_is_kept() -> None:
    sdr = ColourSpace(9, True, 9, 14)
    assert not is_hdr(sdr)
    assert choose_output_colour(sdr) is sdr
