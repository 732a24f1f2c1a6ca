"""What the numbers of a YUV frame mean: code points of ITU-T H.273."""

from __future__ import annotations

from dataclasses import dataclass

UNSPECIFIED = 2
"""The code point of H.273 for "not specified": matrix, primaries and transfer share it."""

RGB_MATRIX = 0
BT709, BT601 = 1, 6
PQ, HLG = 16, 18

# The matrices of which swscale has the coefficients: 709, FCC, 470BG, 170M, 240M, 2020.
_KNOWN_MATRICES = frozenset({1, 4, 5, 6, 7, 9})


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """How YUV numbers become colours: code points of H.273, as containers and codecs carry them.

    Attributes:
        matrix: Matrix coefficients: 1 = BT.709, 5 and 6 = BT.601, 9 = BT.2020, 2 = not specified.
        full_range: True for 0..255, False for 16..235/240.
        primaries: Colour primaries: 1 = BT.709, 5 and 6 = BT.601, 9 = BT.2020, 2 = not specified.
        transfer: Transfer characteristics: 1 = BT.709, 16 = PQ, 18 = HLG, 2 = not specified.
    """

    matrix: int = UNSPECIFIED
    full_range: bool = False
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED


def choose_matrix(colour: ColourSpace, width: int, height: int) -> int:
    """Return the matrix to compute with: the specified one if swscale knows it, else one guessed from the size."""
    return colour.matrix if colour.matrix in _KNOWN_MATRICES else guess_matrix(width, height)


def guess_matrix(width: int, height: int) -> int:
    """Return the matrix that video players assume for a frame of this size."""
    return BT709 if max(width, height) >= 1280 or min(width, height) > 576 else BT601


def is_hdr(colour: ColourSpace) -> bool:
    """Return whether the transfer is PQ or HLG, whose numbers look grey and flat on an ordinary screen."""
    return colour.transfer in (PQ, HLG)


def choose_output_colour(colour: ColourSpace) -> ColourSpace:
    """Return the colour space in which a stream is processed and written: its own, but BT.709 for HDR."""
    return ColourSpace(BT709, False, BT709, BT709) if is_hdr(colour) else colour
