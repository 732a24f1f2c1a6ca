"""Mistakes in the effects."""

from __future__ import annotations

from support.mutant_list import Mutant

EFFECT_MUTANTS = (
    Mutant(
        "effect: gamma of limited range takes code 0 for black",
        "pixels/luma.py",
        "    x = (np.arange(256) - levels.black) / span\n",
        "    x = np.arange(256) / span\n",
        "effects/test_tone.py",
    ),
    Mutant(
        "effect: a dark film flickers as the mean crosses a level",
        "pixels/lighten.py",
        "cv2.mean(fit_luma(y, u))[0], 1)",
        "cv2.mean(fit_luma(y, u))[0])",
        "effects/test_tone.py",
    ),
    Mutant(
        "effect: chroma stays when luma changes",
        "pixels/luma.py",
        "    centred = shift(chroma, -128, cv2.CV_32F)\n",
        "    return chroma\n    centred = shift(chroma, -128, cv2.CV_32F)\n",
        "effects/test_tone.py",
    ),
    Mutant(
        "effect: white balance does not forget the stream before",
        "effects/white_balance.py",
        "        self._estimate = None\n\n\ndef",
        "        pass\n\n\ndef",
        "effects/test_white_balance.py",
    ),
    Mutant(
        "effect: white balance in YUV forgets that chroma changes luma",
        "effects/white_balance.py",
        "cv2.addWeighted(y, 1, whole, 1, -128)",
        "y",
        "effects/test_white_balance.py",
    ),
    Mutant(
        "effect: sharpening leaves halos",
        "effects/detail.py",
        "as_bytes(cv2.min(cv2.max(sharp, lowest), highest))",
        "as_bytes(sharp)",
        "effects/test_detail.py",
    ),
    Mutant(
        "effect: what moves leaves a trail",
        "effects/detail.py",
        "[0.2, 1.0]",
        "[0.2, 0.2]",
        "effects/test_detail.py",
    ),
    Mutant(
        "effect: a vignette has rings",
        "effects/vignette.py",
        " + 0.98 * noise",
        " + 0 * noise",
        "effects/test_vignette.py",
    ),
    Mutant(
        "effect: a braced name of a text may reach into an object",
        "effects/text.py",
        "        if field not in _FIELDS:\n",
        '        if field.split(".")[0] not in _FIELDS:\n',
        "effects/test_text.py",
    ),
    Mutant(
        "effect: a text shows in which folder a file lies",
        "effects/text.py",
        're.split(r"[/\\\\]", info.stream.name)[-1]',
        "info.stream.name",
        "effects/test_text.py",
    ),
    Mutant(
        "effect: a logo's edge mixes with what is transparent in it",
        "effects/overlay.py",
        "convert_to_yuv(_fill_transparent(bgr, alpha), known)",
        "convert_to_yuv(bgr, known)",
        "effects/test_overlay.py",
    ),
    Mutant(
        "effect: a logo on a transparent frame is transparent",
        "effects/overlay.py",
        "    alpha[where] = np.rint(255 * whole[..., 0])\n",
        "    pass\n",
        "effects/test_overlay.py",
    ),
    Mutant(
        "effect: a crop from an odd column on shifts the chroma",
        "effects/geometry.py",
        "(right - left, bottom - top), is_aligned=left % 2 == top % 2 == 0)",
        "(right - left, bottom - top))",
        "effects/test_geometry.py",
    ),
    Mutant(
        "effect: a smaller frame is read by another matrix than it was written",
        "effects/geometry.py",
        " or choose_matrix(colour, *size) != choose_matrix(colour, *frame.size))",
        ")",
        "effects/test_geometry.py",
    ),
    Mutant(
        "effect: a crop leaves the alphas whole",
        "effects/geometry.py",
        "(None if alpha is None else change(alpha, 1, 0) for alpha in alphas)",
        "alphas",
        "effects/test_geometry.py",
    ),
    Mutant(
        "effect: a masked effect is seen on the other side",
        "effects/mask.py",
        'alphas if self.where == "foreground" else',
        'alphas if self.where == "background" else',
        "effects/test_mask.py",
    ),
    Mutant(
        "effect: a masked effect draws on the frame itself",
        "effects/mask.py",
        "self._effect.apply(_copy(frame), shares)",
        "self._effect.apply(frame, shares)",
        "effects/test_mask.py",
    ),
    Mutant(
        "effect: a network gets blue first",
        "effects/onnx_style.py",
        "interpolation=how), cv2.COLOR_BGR2RGB)",
        "interpolation=how), cv2.COLOR_BGR2RGB)[..., ::-1]",
        "effects/test_onnx_style.py",
    ),
)
