"""PP-HumanSeg V2 Lite: a second network for people, trained on other data, so that it errs in other places.

It decides better what is a person; the selfie models see better where the edge is. The file ships in the package.
Source: PaddleSeg, contrib/PP-HumanSeg/configs/portrait_pp_humansegv2_lite.yml.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...media.native_messages import hide_native_messages
from ...models.assets import read_asset
from ...models.lazy import LazyModel
from ...models.litert import NOISE
from ...models.views import Crop, View
from ...pixels.image import Image
from ..arrays import Bytes, Floats
from .runtimes import LiteRtRuntime

_FILE = "pp_humansegv2_lite_portrait.tflite"
_DIGEST = "3c23fe07dfdca6da322f7642bc119235d797fd36d09aa71e03fc808f636af15b"


class HumanSegRuntime(LiteRtRuntime):
    """The network in LiteRT's interpreter: float32 (1, 144, 256, 3) in [-1, 1] to float32 (1, 2, 144, 256).

    MediaPipe's image segmenter cannot run it, because it expects the classes in the last dimension.
    """

    size = 256, 144

    def __call__(self, rgb: Image) -> NDArray[np.float32]:
        """Run the model on an image, uint8 (h, w, 3) RGB, not larger than the model's size.

        A smaller image is placed in the middle of grey bars.

        Returns:
            float32 (h, w) in [0, 1], an array of its own: the confidence that a pixel belongs to a person.
        """
        height, width = rgb.shape[:2]
        top, left = (self.size[1] - height) // 2, (self.size[0] - width) // 2
        within = slice(top, top + height), slice(left, left + width)
        # No name for the view of the interpreter's memory: it must be gone when the model runs.
        self._fill(self._interpreter.tensor(self._input)()[0], within, rgb)
        confidence: NDArray[np.float32] = self._invoke()[0][1][within]
        return confidence

    @staticmethod
    def _fill(tensor: Floats, within: tuple[slice, slice], rgb: Image) -> None:
        # (x / 255 - 0.5) / 0.5, of which grey is 0.
        tensor.fill(0)
        part = tensor[within]
        np.multiply(rgb, np.float32(2 / 255), out=part)
        np.subtract(part, np.float32(1), out=part)


class HumanSegModel(LazyModel[HumanSegRuntime]):
    """PP-HumanSeg V2 Lite, loaded on first use.

    It needs LiteRT, which has no wheel for Macs with Intel: there `is_available` is False.
    """

    size = HumanSegRuntime.size

    @property
    def is_available(self) -> bool:
        """Whether LiteRT is installed."""
        try:
            import ai_edge_litert.interpreter  # noqa: F401
        except ImportError:
            return False
        return True

    def __call__(self, view: View, crop: Crop, *, flip: bool = False) -> Bytes:
        """Find the people in a crop of a frame.

        Args:
            view: The frame.
            crop: The crop; its shape is kept.
            flip: True for the mean with the answer for the flipped image, which takes twice the time.

        Returns:
            uint8 (h, w), the confidence that a pixel belongs to a person, at the largest size of the crop's shape
            that fits in 256x144.

        Raises:
            ImportError: If LiteRT is not installed.
            DependencyError: If the file is missing or has other content.
        """
        run = self._load()
        rgb = view.crop_rgb(crop, *fit_in_model(crop))
        confidence = run(rgb)
        if flip:
            confidence = np.float32(0.5) * (confidence + run(rgb[:, ::-1])[:, ::-1])
        return (confidence * 255).astype(np.uint8)

    def _make_runtime(self) -> HumanSegRuntime:
        runtime = HumanSegRuntime(read_asset(_FILE, _DIGEST))
        with hide_native_messages(*NOISE):
            # The first inference is slow and may print messages: it must not happen in the middle of a stream.
            runtime(np.zeros((1, 1, 3), np.uint8))
        return runtime


def fit_in_model(crop: Crop) -> tuple[int, int]:
    """Return the (width, height) of a crop's image in the model: its shape, as large as it fits.

    Example:
        >>> fit_in_model(Crop(0, 0, 1080, 1920))
        (81, 144)
    """
    width, height = HumanSegRuntime.size
    scale = min(width / crop.width, height / crop.height)
    return max(1, round(crop.width * scale)), max(1, round(crop.height * scale))
