"""OnnxStyle: a network that turns an image into another one, such as AnimeGAN."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..basics.arguments import check_choice, check_count, check_path
from ..errors import ArgumentError
from ..frame import Frame, StreamInfo
from ..mattes.onnx.session import Provider, explain_error, load_session
from ..pixels.image import Image
from ..pixels.luma import as_bytes
from .base import Effect, Number

# What white and black are for a network: (x - offset) / scale of a byte.
_VALUES = {"-1..1": (127.5, 127.5), "0..1": (0.0, 255.0), "0..255": (0.0, 1.0)}
# Such networks halve the image up to five times.
_STEP = 32


class OnnxStyle(Effect):
    """Passes frames through a network of yours in an ONNX file; needs onnxruntime (`pip install 'framechain[onnx]'`).

    The network takes one RGB image, float32 of (1, 3, h, w) or (1, h, w, 3), and gives one with the same meaning, as
    AnimeGAN (v2, v3), CartoonGAN and the fast style transfer of the ONNX model zoo do. It decides what is computed:
    load only models that you trust.

    Example:
        >>> from framechain import Engine
        >>> style = OnnxStyle("AnimeGANv3_Hayao_36.onnx")  # loaded when a stream begins
        >>> run = Engine(video_path="clip.mp4", custom_objects=[style]).run  # doctest: +SKIP
    """

    strength = Number(0, 1, tunable="style")

    def __init__(
        self,
        model_path: str | os.PathLike[str],
        *,
        size: int = 512,
        values: str = "-1..1",
        strength: float = 1.0,
        providers: Sequence[Provider] | None = None,
        threads: int | None = None,
    ) -> None:
        """Choose a network.

        Args:
            model_path: The file.
            size: The longer side in pixels of the image that the network gets, of at least 32, unless the file says it.
                Its time grows with the square.
            values: What black and white are for it: "-1..1" (AnimeGAN), "0..1" or "0..255" (the model zoo's).
            strength: How much of its answer is seen, from 0 to 1.
            providers: onnxruntime's execution providers; its CPU if not given.
            threads: Its threads; all cores if not given.

        Raises:
            ArgumentError: If a value is out of range.
            ArgumentTypeError: If the path is none.
        """
        self.model_path = check_path("model_path", model_path)
        self.size = check_count("size", size, _STEP)
        self.values = check_choice("values", values, tuple(_VALUES))
        self.strength = strength
        self._providers, self._threads = providers, None if threads is None else check_count("threads", threads, 1)
        self._session: Any = None

    def open(self, stream: StreamInfo) -> None:
        """Load the network."""
        self._load()

    def close(self) -> None:
        """Release the network."""
        self._session = None

    def _load(self) -> Any:
        if self._session is None:
            name = os.path.basename(self.model_path)
            self._session = load_session(self.model_path, name, self._providers, self._threads)
            if len(self._session.get_inputs()) != 1:
                raise self._refuse(f"takes {len(self._session.get_inputs())} inputs, not one image")
            self._find_layout()
        return self._session

    def process_frame(self, frame: Frame) -> Frame:
        """Pass a frame through the network."""
        if self.strength == 0:
            return frame
        image = frame.bgr
        styled = cv2.resize(self._run(image), frame.size, interpolation=cv2.INTER_CUBIC)
        return frame.with_bgr(as_bytes(cv2.addWeighted(styled, self.strength, image, 1 - self.strength, 0)))

    def _find_layout(self) -> tuple[bool, tuple[int | None, int | None]]:
        """Return whether channels come first, and (width, height) as far as the file says it."""
        shape = [side if isinstance(side, int) and side > 0 else None for side in self._session.get_inputs()[0].shape]
        if len(shape) != 4 or shape[0] not in (None, 1) or 3 not in (shape[1], shape[3]):
            raise self._refuse("does not take one image of three channels in four dimensions")
        is_first = shape[1] == 3
        height, width = shape[2:] if is_first else shape[1:3]
        return is_first, (width, height)

    def _run(self, image: Image) -> Image:
        session = self._load()
        is_first, fixed = self._find_layout()
        factor = min(1.0, self.size / max(image.shape[:2]))
        free = [max(_STEP, _STEP * round(side * factor / _STEP)) for side in image.shape[1::-1]]
        size = fixed[0] or free[0], fixed[1] or free[1]
        how = cv2.INTER_AREA if size[0] <= image.shape[1] else cv2.INTER_LINEAR
        small = cv2.cvtColor(cv2.resize(image, size, interpolation=how), cv2.COLOR_BGR2RGB)
        offset, scale = _VALUES[self.values]
        blob = ((small - np.float32(offset)) / np.float32(scale))[None]
        if is_first:
            blob = blob.transpose(0, 3, 1, 2)
        try:
            answer = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(blob, np.float32)})[0]
        except Exception as error:  # onnxruntime's errors have no common base.
            raise self._refuse(f"fails on an image of {size[0]}x{size[1]}: {explain_error(error)}") from error
        return self._to_image(answer, is_first=is_first)

    def _to_image(self, answer: NDArray[Any], *, is_first: bool) -> Image:
        if answer.ndim != 4 or len(answer) != 1 or answer.shape[1 if is_first else 3] != 3:
            raise self._refuse(f"answers with shape {'x'.join(map(str, answer.shape))}, which is no such image")
        offset, scale = _VALUES[self.values]
        pixels = answer[0].transpose(1, 2, 0) if is_first else answer[0]
        if not np.isfinite(pixels.sum(dtype=np.float64)):
            raise self._refuse("answers with values that are no numbers (NaN or infinity)")
        rgb = np.rint(pixels.astype(np.float32) * scale + offset).clip(0, 255).astype(np.uint8)
        return as_bytes(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR))

    def _refuse(self, why: str) -> ArgumentError:
        return ArgumentError(f"the model {os.path.basename(self.model_path)} {why}")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_session": None}
