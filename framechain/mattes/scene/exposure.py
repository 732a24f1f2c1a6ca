"""How differently the camera sees the empty scene now: a gain and an offset per channel, and a little local light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...pixels.image import shrink
from ..arrays import Bytes, Floats, as_bytes, scaled, thumbnail_size

Numbers = NDArray[np.float64]

# Enough pixels for a tenth of a grey level, few enough to fit anew in every frame.
THUMBNAIL = 48
_GAINS = 0.4, 2.5
# A clipped pixel may have been anything beyond: it tells nothing of the exposure.
_DARKEST, _BRIGHTEST = 12, 248
# Grey levels within which a pixel counts as the same thing under other light, round by round.
_SCALES = 16.0, 10.0, 6.0
# Where the scene is of one brightness gain and offset cannot be told apart: this pulls the offset to 0.
_PULL = 0.004
# What was foreground a moment ago says little, but when the light jumps everything was.
_LEAST_TRUST = 0.1
_FEWEST = 0.02
# Below this agreement, or this share of the last one, it is worth to look for another answer.
_SURE, _DROP = 0.4, 0.8
# The local light: how far it reaches (as a share of the thumbnail), how much it may be, what a pixel's word weighs.
_REACH, _MOST, _STIFFNESS = 0.08, 25.0, 0.02
_LIKE = 9.0
_LEVELS = np.arange(256)[:, None]
_IS_WHITE = np.where(np.arange(256) >= 254, 255, 0).astype(np.uint8)


class Exposure:
    """Fits `frame = gain * scene + offset + local` where the frame shows the scene, and keeps the answer.

    Gain and offset by iteratively reweighted least squares with Welsch's weights exp(-(r/s)^2) (Holland and Welsch
    1977), on a thumbnail, started from the last frame's answer; where too little agrees with that, also from the most
    frequent ratio of brightness: so it follows a drift however much a person covers, and a jump too. What is left
    over, as a person who comes in dims one corner, is averaged over the neighbourhood by normalised convolution
    (Knutsson and Westin 1993), within narrow limits.

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
        """Look how the exposure is now.

        Args:
            scene: uint8 (H, W, 3): the empty scene; one of `THUMBNAIL`'s size already saves shrinking it again.
            frame: uint8 (H, W, 3): what is seen now.
            foreground: uint8 (H, W): what is not the scene as far as is known, 255; the last frame's matte will do.
        """
        size = thumbnail_size(frame, THUMBNAIL)
        small_scene, small_frame = shrink(scene, *size), shrink(frame, *size)
        s, f = small_scene.reshape(-1, 3).T, small_frame.reshape(-1, 3).T
        trust = 1 - (1 - _LEAST_TRUST) * shrink(foreground, *size).reshape(-1).astype(np.float32) / 255
        low, high = np.minimum(s, f).min(axis=0), np.maximum(s, f).max(axis=0)
        usable = (low > _DARKEST) & (high < _BRIGHTEST)
        if np.count_nonzero(usable) < _FEWEST * usable.size:
            return
        pixels = _Pixels(s[:, usable].astype(np.float32), f[:, usable].astype(np.float32), trust[usable])
        gain, offset, agreement = pixels.refined(self.gain, self.offset)
        if agreement < _SURE or agreement < _DROP * self._agreement:
            other = pixels.refined(pixels.likely_gain(), np.zeros(3))
            gain, offset, agreement = max((gain, offset, agreement), other, key=lambda answer: answer[2])
        if agreement > 0:
            self.gain, self.offset, self._agreement = gain, offset, agreement
            self._tabulate()
            self._fit_local(small_scene, small_frame, (trust * usable).reshape(small_scene.shape[:2]))

    def _tabulate(self) -> None:
        table = np.clip(np.rint(_LEVELS * self.gain + self.offset), 0, 255).astype(np.uint8)
        # A table that flickers by one level would have everything made from it made anew, for nothing to see.
        if int(cv2.absdiff(table, self._table).max()) > 1:
            self._table = table
            self._inverse = np.clip(np.rint((_LEVELS - self.offset) / self.gain), 0, 255).astype(np.uint8)

    def _fit_local(self, scene: Bytes, frame: Bytes, trust: Floats) -> None:
        rest = frame.astype(np.float32) - _looked_up(scene, self._table)
        weight = trust * np.exp(np.einsum("ijk,ijk->ij", rest, rest) / np.float32(-3 * _LIKE**2))
        sigma = _REACH * max(weight.shape)
        near = cv2.GaussianBlur(weight.astype(np.float32), (0, 0), sigma) + _STIFFNESS
        local = cv2.GaussianBlur(rest * weight[..., None].astype(np.float32), (0, 0), sigma) / near[..., None]
        local = np.clip(np.rint(local), -_MOST, _MOST)
        self._local = np.maximum(local, 0).astype(np.uint8), np.maximum(-local, 0).astype(np.uint8)

    @property
    def table(self) -> Bytes:
        """Gain and offset for every level: uint8 (256, 3). Compare it by identity to see whether it has changed."""
        return self._table

    def with_local(self, *pictures: Bytes) -> list[Bytes]:
        """Add the local light.

        Args:
            pictures: uint8 (H, W, 3) each, with gain and offset of now.

        Returns:
            The same with the local light added.
        """
        if self._local is None or not pictures:
            return list(pictures)
        more, less = (scaled(part, *pictures[0].shape[1::-1]) for part in self._local)
        return [as_bytes(cv2.subtract(cv2.add(picture, more), less)) for picture in pictures]

    def of_now(self, scene: Bytes) -> Bytes:
        """What the scene looks like under the light of now, but for the local light.

        Args:
            scene: uint8 (H, W, 3) in the scene's own exposure.

        Returns:
            uint8 (H, W, 3); what would be brighter than white is white.
        """
        return _looked_up(scene, self._table)

    def of_scene(self, frame: Bytes, scene: Bytes) -> Bytes:
        """What a frame would look like in the scene's exposure.

        Args:
            frame: uint8 (H, W, 3), as seen now.
            scene: uint8 (H, W, 3): the scene, to tell where the frame is clipped because the scene is brighter now.

        Returns:
            uint8 (H, W, 3).
        """
        if self._local is not None:
            more, less = (scaled(part, *frame.shape[1::-1]) for part in self._local)
            back = _looked_up(as_bytes(cv2.subtract(cv2.add(frame, less), more)), self._inverse)
        else:
            back = _looked_up(frame, self._inverse)
        if int(self._inverse[255].min()) < 255:
            # Clipped now, and at least as bright in the scene: as far as can be seen, nothing has changed.
            white = as_bytes(cv2.LUT(frame, _IS_WHITE))
            back = as_bytes(cv2.max(back, scene & white))
        return back


def clipped(scene: Bytes) -> tuple[Bytes, Bytes]:
    """Where a scene is so dark, and so bright, that it may really be darker, or brighter, than it looks.

    Args:
        scene: uint8 (H, W, 3).

    Returns:
        uint8 (H, W, 3) of 0 and 255 each.
    """
    levels = np.repeat(_LEVELS, 3, axis=1)
    dark, bright = (np.where(where, 255, 0).astype(np.uint8) for where in (levels <= _DARKEST, levels >= _BRIGHTEST))
    return _looked_up(scene, dark), _looked_up(scene, bright)


def _looked_up(picture: Bytes, table: Bytes) -> Bytes:
    # OpenCV's own loop over three channels takes longer.
    planes = [cv2.LUT(plane, np.ascontiguousarray(table[:, c])) for c, plane in enumerate(cv2.split(picture))]
    return as_bytes(cv2.merge(planes))


class _Pixels:
    """The pixels of two thumbnails, and what their regression needs of them."""

    def __init__(self, scene: Floats, frame: Floats, trust: Floats) -> None:
        self.scene, self.frame, self.trust = scene, frame, trust / trust.sum()
        self._products = np.concatenate([scene, frame, scene * scene, scene * frame])

    def likely_gain(self) -> Numbers:
        """The most frequent ratio of brightness: a person's pixels have many, the scene's have one."""
        ratio = np.log((self.frame.sum(axis=0) + 1) / (self.scene.sum(axis=0) + 1))
        low, high = np.log(_GAINS)
        counts, edges = np.histogram(ratio, bins=60, range=(float(low), float(high)), weights=self.trust)
        peak = int(np.argmax(np.convolve(counts, [1, 2, 1], "same")))
        return np.full(3, np.exp((edges[peak] + edges[peak + 1]) / 2))

    def refined(self, gain: Numbers, offset: Numbers) -> tuple[Numbers, Numbers, float]:
        """The fit from one start: gain, offset, and which share of the pixels agrees with it."""
        total = 0.0
        for scale in _SCALES:
            line = gain.astype(np.float32)[:, None] * self.scene
            line += offset.astype(np.float32)[:, None]
            line -= self.frame
            weight = self.trust * np.exp(np.einsum("ij,ij->j", line, line) / np.float32(-3 * scale * scale))
            total = float(weight.sum())
            if total < _FEWEST:
                return gain, offset, 0.0
            scene, frame, square, product = ((self._products @ weight) / total).astype(np.float64).reshape(4, 3)
            # Least squares of f = g s + o with _PULL * o^2 added.
            offset = (frame * square - product * scene) / ((1 + _PULL) * square - scene * scene + 1e-6)
            gain = np.clip((product - offset * scene) / (square + 1e-6), *_GAINS)
        return gain, offset, total
