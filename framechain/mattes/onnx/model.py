"""A model in onnxruntime: its inputs and outputs are understood, or refused in a sentence, and it is run."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ArgumentError
from ..arrays import Floats
from .families import RobustVideoMatting
from .family import OnnxFamily
from .session import Provider, explain_error, load_session

_DTYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}
_STATE = re.compile(r"r(\d+)i")  # r1i goes in, r1o comes out: Robust Video Matting's names.
_ALPHA_NAMES = ("pha", "alpha", "matte", "mask")


class OnnxModel:
    """An onnxruntime session and what is known of its inputs and outputs.

    Attributes:
        family: The family; found by the inputs if none is given.
        size: (width, height) of the input, None for a side that is free.
        layout: "NCHW" or "NHWC".
        dtype: Of the input.
        activation: What follows the output; the first answer decides if it is "auto".
    """

    def __init__(
        self, path: str, family: OnnxFamily | None, providers: Sequence[Provider] | None, threads: int | None
    ) -> None:
        """Load a model; arguments and errors are those of `OnnxMatte`."""
        self.name = os.path.basename(path)
        self._session = load_session(path, self.name, providers, threads)
        self._inputs = {node.name: node for node in self._session.get_inputs()}
        self._outputs = {node.name: node for node in self._session.get_outputs()}
        new_names = {name: _STATE.sub(r"r\1o", name) for name in self._inputs if _STATE.fullmatch(name)}
        self._state_outputs = {name: new for name, new in new_names.items() if new in self._outputs}
        self.family = family or (RobustVideoMatting() if self._state_outputs else OnnxFamily())
        fault = self.family.find_fault(self._inputs, is_recurrent=bool(self._state_outputs))
        if fault is not None:
            raise self.refuse(fault)
        self._input = self._find_image_input()
        self.dtype = self._find_dtype(self._input)
        self.layout, self.size = self._find_layout_and_size()
        self._output = self._find_output()
        foreground = self.family.foreground
        self._foreground = foreground if foreground in self._outputs else None
        self.activation = self.family.activation
        self._image_size: tuple[int, int] | None = None
        self._states: dict[str, NDArray[Any]] = {}

    @property
    def is_recurrent(self) -> bool:
        """Whether the model carries states from one frame to the next."""
        return bool(self._state_outputs)

    @property
    def gives_foreground(self) -> bool:
        """Whether the model answers with the foreground's colours too."""
        return self._foreground is not None

    def refuse(self, why: str) -> ArgumentError:
        """Return an error that says why, and which inputs and outputs the model has."""
        inputs, outputs = (", ".join(map(_describe, nodes.values())) for nodes in (self._inputs, self._outputs))
        return ArgumentError(f"the model {self.name} {why} (its inputs: {inputs}; outputs: {outputs})")

    def fill_size(self, chosen: Sequence[int]) -> tuple[int, int]:
        """Return (width, height) of the input: what the file fixes, else what was chosen."""
        return self.size[0] or chosen[0], self.size[1] or chosen[1]

    def reset(self) -> None:
        """Forget earlier frames."""
        self._states, self._image_size = {}, None

    def run(self, planes: NDArray[Any]) -> tuple[Floats, NDArray[Any] | None]:
        """Run the model on an image, uint8 (3, h, w) if `dtype` is, else float32; a new size drops the states.

        Returns:
            The answer, float32 (h, w), before it is normalised; and the foreground's colours (3, h, w) or None.

        Raises:
            ArgumentError: If onnxruntime refuses, or the answer is no matte.
        """
        height, width = planes.shape[1:]
        if self._image_size != (width, height):
            self.reset()
            self._image_size = width, height
        blob = planes if self.layout == "NCHW" else planes.transpose(1, 2, 0)
        feeds: dict[str, Any] = {self._input.name: np.ascontiguousarray(blob[None], self.dtype)}
        for name, value in self.family.compute_extra_inputs(width, height).items():
            if name in self._inputs:
                feeds[name] = np.array([value], self._find_dtype(self._inputs[name]))
        for name in self._state_outputs:
            feeds[name] = self._states[name] if name in self._states else _make_empty_state(self._inputs[name])
        wanted = [self._output, *self._state_outputs.values(), *filter(None, [self._foreground])]
        try:
            answers = dict(zip(wanted, self._session.run(wanted, feeds), strict=True))
        except Exception as error:  # onnxruntime's errors have no common base.
            is_guess = self.family.layout is None and 3 not in self._input.shape
            guess = "; channels were put first, give layout='NHWC' if they come last" if is_guess else ""
            raise self.refuse(f"fails on an image of {width}x{height}: {explain_error(error)}{guess}") from error
        self._states = {name: answers[new] for name, new in self._state_outputs.items()}
        colours = None if self._foreground is None else answers[self._foreground][0]
        if colours is not None and self.layout == "NHWC":
            colours = colours.transpose(2, 0, 1)
        return self._find_alpha(answers[self._output]), colours

    def _find_image_input(self) -> Any:
        others = {*self._state_outputs, *self.family.compute_extra_inputs(1, 1)}
        images = [node for name, node in self._inputs.items() if name not in others]
        if len(images) != 1:
            raise self.refuse("should have one input for the image, or those of Robust Video Matting")
        return images[0]

    def _find_dtype(self, node: Any) -> Any:
        if node.type not in _DTYPES:
            raise self.refuse(f"takes {node.type} as {node.name}, not floats or bytes")
        return _DTYPES[node.type]

    def _find_layout_and_size(self) -> tuple[str, tuple[int | None, int | None]]:
        shape = [side if isinstance(side, int) and side > 0 else None for side in self._input.shape]
        if len(shape) != 4 or shape[0] not in (None, 1):
            raise self.refuse("does not take one image in four dimensions")
        channels, last, layout = shape[1], shape[3], self.family.layout
        if layout is None and (channels == 3) == (last == 3):
            if channels not in (None, 3):
                raise self.refuse("does not say where the three channels are: give the family layout='NCHW' or 'NHWC'")
            # All axes are free, as in some exports of PyTorch, which puts channels first. Another model fails on noise.
            layout = "NCHW"
        layout = layout or ("NCHW" if channels == 3 else "NHWC")
        if (channels if layout == "NCHW" else last) not in (None, 3):
            raise self.refuse(f"does not have three channels where {layout} has them")
        height, width = shape[2:] if layout == "NCHW" else shape[1:3]
        return layout, (width, height)

    def _find_output(self) -> str:
        names: list[str] = list(self._outputs)
        wanted = self.family.output
        if wanted is None:
            candidates = [name for name in names if name not in self._state_outputs.values()]
            return next((name for name in _ALPHA_NAMES if name in candidates), candidates[0])
        if isinstance(wanted, str) and wanted in names:
            return wanted
        if isinstance(wanted, int) and -len(names) <= wanted < len(names):
            return names[wanted]
        raise self.refuse(f"has no output {wanted!r}")

    def _find_alpha(self, answer: NDArray[Any]) -> Floats:
        """Return the foreground's plane of an output: (h, w), (1, h, w), (1, C, h, w) or (1, h, w, C)."""
        if answer.ndim == 4 and answer.shape[0] == 1:
            planes = answer[0]
            if planes.shape[0] > planes.shape[2]:  # There are fewer channels than columns.
                planes = planes.transpose(2, 0, 1)
        elif (answer.ndim == 2 and min(answer.shape) > 1) or (answer.ndim == 3 and answer.shape[0] == 1):
            planes = answer.reshape(1, *answer.shape[-2:])
        else:
            raise self.refuse(f"gives {self._output} of shape {'x'.join(map(str, answer.shape))}, which is no matte")
        channel, count = self.family.channel, len(planes)
        if channel is None:
            channel = {1: 0, 2: 1}.get(count)
        if channel is None or channel >= count:
            advice = f"there is no channel {channel}" if channel is not None else "give the family's channel"
            raise self.refuse(f"has {count} channels in {self._output}: {advice}")
        if np.issubdtype(answer.dtype, np.integer):
            # uint8 is an image of the matte; other integers are classes, of which 0 is the background.
            values = planes[channel] / np.float32(255) if answer.dtype == np.uint8 else planes[channel] > 0
            return np.asarray(values, np.float32)
        if self.activation == "auto":
            self.activation = "none" if self.family.normalise else self._guess_activation(planes)
        values = planes[channel]
        if self.activation == "softmax" and count > 1:
            with np.errstate(under="ignore"):  # A class that is much less likely than another has no share.
                powers = np.exp(planes - planes.max(0))
                values = powers[channel] / powers.sum(0)
        elif self.activation == "sigmoid":
            values = 1 / (1 + np.exp(-np.clip(values.astype(np.float32, copy=False), -60, 60)))
        self._check_finite(values)
        return np.asarray(values, np.float32)

    def _guess_activation(self, planes: NDArray[Any]) -> str:
        """Return what the output still lacks to be a probability."""
        self._check_finite(planes)
        low, high = float(planes.min()), float(planes.max())
        if len(planes) > 1:
            return "none" if low >= -1e-3 and np.abs(planes.sum(0) - 1).max() < 1e-2 else "softmax"
        if low < -0.5 or high > 1.5:
            raise self.refuse(
                f"answers with {low:.1f} to {high:.1f} in {self._output}, which is no alpha:"
                " give the family activation='sigmoid', or normalise=True"
            )
        return "none"

    def _check_finite(self, values: NDArray[Any]) -> None:
        """Refuse NaN and infinity, which float16 models give beyond 65504; drop the states, which keep them."""
        with np.errstate(over="ignore", invalid="ignore"):
            is_finite = np.isfinite(values.sum(dtype=np.float32))
        if not is_finite:
            self.reset()
            is_half = "tensor(float16)" in (self._input.type, self._outputs[self._output].type)
            advice = ": take its float32 version" if is_half else ""
            raise self.refuse(f"answers with values in {self._output} that are no numbers (NaN or infinity){advice}")


def _make_empty_state(node: Any) -> NDArray[Any]:
    """Return a state before the first frame: zeros, with 1 for sides that depend on the image."""
    shape = [side if isinstance(side, int) and side > 0 else 1 for side in node.shape]
    return np.zeros(shape, _DTYPES.get(node.type, np.float32))


def _describe(node: Any) -> str:
    kind = node.type.removeprefix("tensor(").removesuffix(")")
    return f"{node.name} {kind} {'x'.join(str(side) if isinstance(side, int) else '?' for side in node.shape)}"
