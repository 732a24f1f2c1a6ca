"""The camera's exposure of the empty scene: a gain and an offset for each channel, and some local light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...pixels.image import shrink
from ..arrays import Bytes, Floats, as_bytes, limit_size, resize_bytes

Numbers = NDArray[np.float64]

# Longer side in pixels: enough for an accuracy of a tenth of a grey level, small enough to fit every frame.
THUMBNAIL = 48
_GAINS = 0.4, 2.5
# Levels beyond these may be clipped, and say nothing about the exposure.
_DARKEST, _BRIGHTEST = 12, 248
# Scale of Welsch's weights in grey levels, round by round.
_SCALES = 16.0, 10.0, 6.0
# Regularisation of the offset: in a scene of one brightness, gain and offset cannot be separated.
_OFFSET_PENALTY = 0.004
# Weight of the last frame's foreground. It is not 0, because after a jump of the light everything was foreground.
_MIN_TRUST = 0.1
_MIN_SHARE = 0.02
# An agreement below this, or below this share of the last one, calls for a second start.
_GOOD_AGREEMENT, _DROP = 0.4, 0.8
# Local light: its reach as a share of the thumbnail, its limit in grey levels, and how strongly it tends to 0.
_REACH, _MAX_LOCAL, _STIFFNESS = 0.08, 25.0, 0.02
# Scale of the weights for the local light, in grey levels.
_LOCAL_SCALE = 9.0
_LEVELS = np.arange(256)[:, None]
_IS_WHITE = np.where(np.arange(256) >= 254, 255, 0).astype(np.uint8)


class Exposure:
    """Fits `frame = gain * scene + offset + local` where the frame shows the scene.

    Gain and offset by iteratively reweighted least squares with Welsch's weights exp(-(r/s)^2) (Holland and Welsch
    1977), on a thumbnail, from the last frame's answer; where that agrees with too few pixels, also from the most
    frequent ratio of brightness. So it follows a drift however much a person covers, and also a jump. The residual,
    such as a corner that a person shades, is averaged over the neighbourhood by normalised convolution (Knutsson and
    Westin 1993), within narrow limits.

    Attributes:
        gain: float64 (3,), blue, green, red.
        offset: float64 (3,), in grey levels.

    Example:
        >>> scene = np.random.default_rng(0).integers(20, 180, (90, 160, 3)).astype(np.uint8)
        >>> exposure = Exposure()
        >>> exposure.fit(scene, (scene * 1.2).astype(np.uint8), np.zeros((90, 160), np.uint8))
        >>> exposure.gain.round(1).tolist()
        [1.2, 1.2, 1.2]
    """

    def __init__(self) -> None:
        self.gain: Numbers = np.ones(3)
        self.offset: Numbers = np.zeros(3)
        self._agreement = 0.0
        self._local: tuple[Bytes, Bytes] | None = None
        self._table = np.repeat(_LEVELS.astype(np.uint8), 3, axis=1)
        self._inverse = self._table

    def fit(self, scene: Bytes, frame: Bytes, foreground: Bytes) -> None:
        """Fit the exposure of a frame; `foreground` is 255 where it probably does not show the scene (H, W).

        A scene of at most `THUMBNAIL` pixels saves time.
        """
        size = limit_size(frame, THUMBNAIL)
        small_scene, small_frame = shrink(scene, *size), shrink(frame, *size)
        s, f = small_scene.reshape(-1, 3).T, small_frame.reshape(-1, 3).T
        trust = 1 - (1 - _MIN_TRUST) * shrink(foreground, *size).reshape(-1).astype(np.float32) / 255
        low, high = np.minimum(s, f).min(axis=0), np.maximum(s, f).max(axis=0)
        usable = (low > _DARKEST) & (high < _BRIGHTEST)
        if np.count_nonzero(usable) < _MIN_SHARE * usable.size:
            return
        regression = _Regression(s[:, usable].astype(np.float32), f[:, usable].astype(np.float32), trust[usable])
        gain, offset, agreement = regression.refine(self.gain, self.offset)
        if agreement < _GOOD_AGREEMENT or agreement < _DROP * self._agreement:
            other = regression.refine(regression.guess_gain(), np.zeros(3))
            gain, offset, agreement = max((gain, offset, agreement), other, key=lambda answer: answer[2])
        if agreement > 0:
            self.gain, self.offset, self._agreement = gain, offset, agreement
            self._make_tables()
            self._fit_local(small_scene, small_frame, (trust * usable).reshape(small_scene.shape[:2]))

    def _make_tables(self) -> None:
        table = np.clip(np.rint(_LEVELS * self.gain + self.offset), 0, 255).astype(np.uint8)
        # A change by one level is not visible, and would cost a new prediction of the scene.
        if int(cv2.absdiff(table, self._table).max()) > 1:
            self._table = table
            self._inverse = np.clip(np.rint((_LEVELS - self.offset) / self.gain), 0, 255).astype(np.uint8)

    @np.errstate(under="ignore")
    def _fit_local(self, scene: Bytes, frame: Bytes, trust: Floats) -> None:
        rest = frame.astype(np.float32) - _apply_table(scene, self._table)
        weight = trust * np.exp(np.einsum("ijk,ijk->ij", rest, rest) / np.float32(-3 * _LOCAL_SCALE**2))
        sigma = _REACH * max(weight.shape)
        near = cv2.GaussianBlur(weight.astype(np.float32), (0, 0), sigma) + _STIFFNESS
        local = cv2.GaussianBlur(rest * weight[..., None].astype(np.float32), (0, 0), sigma) / near[..., None]
        local = np.clip(np.rint(local), -_MAX_LOCAL, _MAX_LOCAL)
        self._local = np.maximum(local, 0).astype(np.uint8), np.maximum(-local, 0).astype(np.uint8)

    @property
    def table(self) -> Bytes:
        """Gain and offset for every level: uint8 (256, 3). After a change it is another object."""
        return self._table

    def add_local_light(self, *images: Bytes) -> list[Bytes]:
        """Add the local light to images, uint8 (H, W, 3) each, that have gain and offset."""
        if self._local is None or not images:
            return list(images)
        more, less = (resize_bytes(part, *images[0].shape[1::-1]) for part in self._local)
        return [as_bytes(cv2.subtract(cv2.add(image, more), less)) for image in images]

    def apply_to_scene(self, scene: Bytes) -> Bytes:
        """Bring the scene, uint8 (H, W, 3), to the current exposure, without the local light."""
        return _apply_table(scene, self._table)

    def normalise(self, frame: Bytes, scene: Bytes) -> Bytes:
        """Bring a frame, uint8 (H, W, 3), to the scene's exposure; the scene fills in where the frame is clipped."""
        if self._local is not None:
            more, less = (resize_bytes(part, *frame.shape[1::-1]) for part in self._local)
            frame_back = _apply_table(as_bytes(cv2.subtract(cv2.add(frame, less), more)), self._inverse)
        else:
            frame_back = _apply_table(frame, self._inverse)
        if int(self._inverse[255].min()) < 255:
            # Clipped in the frame, and at least as bright in the scene: no change is visible.
            white = as_bytes(cv2.LUT(frame, _IS_WHITE))
            frame_back = as_bytes(cv2.max(frame_back, scene & white))
        return frame_back


def mask_clipped(scene: Bytes) -> tuple[Bytes, Bytes]:
    """Return where a scene is so dark, and so bright, that its real level may lie beyond: uint8 of 0 and 255."""
    levels = np.repeat(_LEVELS, 3, axis=1)
    dark, bright = (np.where(where, 255, 0).astype(np.uint8) for where in (levels <= _DARKEST, levels >= _BRIGHTEST))
    return _apply_table(scene, dark), _apply_table(scene, bright)


def _apply_table(image: Bytes, table: Bytes) -> Bytes:
    # Plane by plane, because OpenCV's own loop over three channels is slower.
    planes = [cv2.LUT(plane, np.ascontiguousarray(table[:, c])) for c, plane in enumerate(cv2.split(image))]
    return as_bytes(cv2.merge(planes))


class _Regression:
    """The robust regression of one thumbnail on another."""

    def __init__(self, scene: Floats, frame: Floats, trust: Floats) -> None:
        self.scene, self.frame, self.trust = scene, frame, trust / trust.sum()
        self._products = np.concatenate([scene, frame, scene * scene, scene * frame])

    def guess_gain(self) -> Numbers:
        """Return the most frequent ratio of brightness: a person's pixels have many ratios, the scene's have one."""
        ratio = np.log((self.frame.sum(axis=0) + 1) / (self.scene.sum(axis=0) + 1))
        low, high = np.log(_GAINS)
        counts, edges = np.histogram(ratio, bins=60, range=(float(low), float(high)), weights=self.trust)
        peak = int(np.argmax(np.convolve(counts, [1, 2, 1], "same")))
        return np.full(3, np.exp((edges[peak] + edges[peak + 1]) / 2))

    @np.errstate(under="ignore")  # A pixel far from the line has no weight.
    def refine(self, gain: Numbers, offset: Numbers) -> tuple[Numbers, Numbers, float]:
        """Refine a start; return gain, offset, and the share of the pixels that agrees with them."""
        total = 0.0
        for scale in _SCALES:
            line = gain.astype(np.float32)[:, None] * self.scene
            line += offset.astype(np.float32)[:, None]
            line -= self.frame
            weight = self.trust * np.exp(np.einsum("ij,ij->j", line, line) / np.float32(-3 * scale * scale))
            total = float(weight.sum())
            if total < _MIN_SHARE:
                return gain, offset, 0.0
            scene, frame, square, product = ((self._products @ weight) / total).astype(np.float64).reshape(4, 3)
            # Least squares of f = g s + o with _OFFSET_PENALTY * o^2 added.
            offset = (frame * square - product * scene) / ((1 + _OFFSET_PENALTY) * square - scene * scene + 1e-6)
            gain = np.clip((product - offset * scene) / (square + 1e-6), *_GAINS)
        return gain, offset, total
