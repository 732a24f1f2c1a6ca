"""The scores that papers on matting print, as the evaluation of Robust Video Matting computes them (Lin et al. 2021).

Source: github.com/PeterL1n/RobustVideoMatting, evaluation/evaluate_lr.py. All are means over frames, lower is better,
and alpha is in [0, 1]: MAD x 1000, MSE x 1000, gradient error / 1000, dtSSD x 100 (of each frame but the first). The
gradient error is a sum over pixels: so all are computed at a longer side of at most 512 pixels, that of the paper's
smaller clips (512x288).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

LONGEST = 512
_SIGMA = 1.4
# A Gaussian's values below this are left out.
_LEAST = 0.01


def compute_mad(alpha: Floats, truth: Floats) -> float:
    """Return the mean absolute difference, x 1000."""
    return 1000 * float(np.abs(alpha - truth).mean())


def compute_mse(alpha: Floats, truth: Floats) -> float:
    """Return the mean squared error, x 1000."""
    return 1000 * float(np.square(alpha - truth).mean())


def compute_gradient_error(alpha: Floats, truth: Floats) -> float:
    """Return the gradient error: sum over pixels of (|grad alpha| - |grad truth|)^2, / 1000.

    The gradient is the answer of two filters, derivatives of a Gaussian with sigma = 1.4 whose squares add up to 1, to
    mattes that are stretched to 0..1 before. Source: Rhemann et al., "A Perceptually Motivated Online Benchmark for
    Image Matting" (2009); filters and stretching are those of Robust Video Matting's evaluation.
    """
    return float(np.square(_measure_slope(alpha) - _measure_slope(truth)).sum()) / 1000


def compute_dtssd(alpha: Floats, last_alpha: Floats, truth: Floats, last_truth: Floats) -> float:
    """Return dtSSD, x 100: the root of the mean squared difference between the changes of alpha and of the truth.

    Source: Erofeev et al., "Perceptually Motivated Benchmark for Video Matting" (2015).
    """
    return 100 * float(np.sqrt(np.square((alpha - last_alpha) - (truth - last_truth)).mean()))


@dataclass
class PaperScore:
    """The scores of images, or of the frames of a clip in order.

    Attributes:
        is_video: Whether each is compared with the last one (dtSSD).
    """

    is_video: bool = False
    mads: list[float] = field(default_factory=list)
    mses: list[float] = field(default_factory=list)
    gradients: list[float] = field(default_factory=list)
    dtssds: list[float] = field(default_factory=list)
    _last: tuple[Floats, Floats] | None = None

    def add(self, alpha: Bytes, truth: Bytes) -> None:
        """Score an image.

        Args:
            alpha: uint8 (H, W), as estimated.
            truth: uint8 (H, W), the true alpha.
        """
        found, there = _scale(alpha), _scale(truth)
        self.mads.append(compute_mad(found, there))
        self.mses.append(compute_mse(found, there))
        self.gradients.append(compute_gradient_error(found, there))
        if self.is_video:
            if self._last is not None:
                self.dtssds.append(compute_dtssd(found, self._last[0], there, self._last[1]))
            self._last = found, there

    @property
    def means(self) -> tuple[float, ...]:
        """MAD, MSE and gradient error, and of a video dtSSD."""
        lists = [self.mads, self.mses, self.gradients] + ([self.dtssds] if self.is_video else [])
        return tuple(float(np.mean(values)) for values in lists)


def _scale(alpha: Bytes) -> Floats:
    factor = min(1.0, LONGEST / max(alpha.shape))
    if factor < 1:
        size = round(alpha.shape[1] * factor), round(alpha.shape[0] * factor)
        alpha = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(alpha / np.float32(255), np.float32)


def _measure_slope(alpha: Floats) -> Floats:
    low, high = float(alpha.min()), float(alpha.max())
    stretched = (alpha - low) / (high - low) if high > low else np.zeros_like(alpha)
    along, across = _make_filters()
    slopes = [
        np.asarray(cv2.sepFilter2D(stretched, cv2.CV_32F, *pair, borderType=cv2.BORDER_REPLICATE), np.float32)
        for pair in ((along, across), (across, along))
    ]
    return np.asarray(np.hypot(*slopes), np.float32)


def _make_filters() -> tuple[Floats, Floats]:
    """Return the derivative of a Gaussian and the Gaussian, each of norm 1, so that their product has norm 1, too."""
    radius = np.ceil(_SIGMA * np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) * _SIGMA * _LEAST)))
    x = np.arange(-radius, radius + 1)
    gaussian = np.exp(-(x**2) / (2 * _SIGMA**2))
    derivative = -x * gaussian
    along, across = ((one / np.linalg.norm(one)).astype(np.float32) for one in (derivative, gaussian))
    return along, across
