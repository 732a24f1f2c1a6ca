"""What the numbers of a YUV picture mean: code points of ITU-T H.273."""

from __future__ import annotations

from dataclasses import dataclass

UNSPECIFIED = 2
"""The code point by which ITU-T H.273 says "not told", for matrix, primaries and transfer alike."""


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """How YUV numbers become colours: code points of ITU-T H.273, as containers and codecs carry them.

    Attributes:
        matrix: Matrix coefficients: 1 = BT.709, 5 and 6 = BT.601, 9 = BT.2020, 2 = not told.
        full_range: True for 0..255, False for 16..235/240.
        primaries: ColourSpace primaries: 1 = BT.709, 5 and 6 = BT.601, 9 = BT.2020, 2 = not told.
        transfer: Transfer characteristics: 1 = BT.709, 16 = PQ, 18 = HLG, 2 = not told.
    """

    matrix: int = UNSPECIFIED
    full_range: bool = False
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED


BT709, BT601 = 1, 6


PQ, HLG = 16, 18


RGB_MATRIX = 0


# What swscale has coefficients for, by the code point of H.273: 709, FCC, 470BG, 170M, 240M, 2020.
_KNOWN_MATRICES = frozenset({1, 4, 5, 6, 7, 9})


def choose_matrix(colour: ColourSpace, width: int, height: int) -> int:
    """The matrix to compute with: the one told, else by size as video players guess it.

    Args:
        colour: The stream's colour.
        width: Pixels across.
        height: Pixels down.

    Returns:
        A code point of H.273 that swscale knows.
    """
    return colour.matrix if colour.matrix in _KNOWN_MATRICES else guess_matrix(width, height)


def guess_matrix(width: int, height: int) -> int:
    """The matrix that video players assume for a frame of this size."""
    return BT709 if max(width, height) >= 1280 or min(width, height) > 576 else BT601


def is_hdr(colour: ColourSpace) -> bool:
    """Whether the transfer is PQ or HLG, whose numbers look grey and flat on an ordinary screen."""
    return colour.transfer in (PQ, HLG)


def choose_output_colour(colour: ColourSpace) -> ColourSpace:
    """The colour in which a stream is processed and written: as it came, but HDR becomes BT.709."""
    return ColourSpace(BT709, False, BT709, BT709) if is_hdr(colour) else colour
