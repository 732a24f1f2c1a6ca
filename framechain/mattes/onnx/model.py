"""A model in onnxruntime: loaded, its inputs and outputs understood or refused in a sentence, and run."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ArgumentError
from ..arrays import Floats
from .session import Provider, reason_of, session_of

_DTYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}
# As Robust Video Matting names them: github.com/PeterL1n/RobustVideoMatting, documentation/inference.md.
_STATE = re.compile(r"r(\d+)i")
_RATIO, _ALPHA, _FOREGROUND = "downsample_ratio", "pha", "fgr"
_ALPHA_NAMES = (_ALPHA, "alpha", "matte", "mask")
_RATIO_SIDE = 512


class Model:
    """An onnxruntime session and what is known of it.

    Attributes:
        size: (width, height) that the model asks for, None where it takes any.
        layout: "NCHW" or "NHWC".
        dtype: Of the picture.
        recurrent: Whether it carries states from frame to frame.
        gives_foreground: Whether it answers with the foreground's colours, too.
    """

    def __init__(
        self,
        path: str,
        *,
        layout: str | None,
        output: str | int | None,
        downsample_ratio: float | None,
        providers: Sequence[Provider] | None,
        threads: int | None,
    ) -> None:
        """Load it; the arguments are those of `OnnxMatte`.

        Raises:
            DependencyError: If onnxruntime is missing.
            MissingInputError: If there is no such file.
            ArgumentError: If it is no model, or not one that takes a picture and gives a matte.
        """
        self.name = os.path.basename(path)
        self._session = session_of(path, self.name, providers, threads)
        self._inputs = {node.name: node for node in self._session.get_inputs()}
        self._outputs = {node.name: node for node in self._session.get_outputs()}
        answers = {_STATE.sub(r"r\1o", name): name for name in self._inputs if _STATE.fullmatch(name)}
        self._state_inputs = {answer: name for answer, name in answers.items() if answer in self._outputs}
        self._states: dict[str, NDArray[Any]] = {}
        self._picture_size: tuple[int, int] | None = None
        self._downsample_ratio = downsample_ratio
        if downsample_ratio is not None and _RATIO not in self._inputs:
            raise self.refusal(f"has no input {_RATIO}: leave that argument out")
        self._input = self._picture_input()
        self._layout_is_known = True
        self.dtype = self._dtype_of(self._input)
        self.layout, self.size = self._layout_and_size(layout)
        self.output = self._matte_output(output)

    @property
    def recurrent(self) -> bool:
        """Whether it carries states from frame to frame."""
        return bool(self._state_inputs)

    @property
    def gives_foreground(self) -> bool:
        """Whether it answers with the foreground's colours, too."""
        return self.recurrent and _FOREGROUND in self._outputs

    def refusal(self, why: str) -> ArgumentError:
        """An error that says why, and what inputs and outputs there are."""
        inputs, outputs = (
            ", ".join(f"{node.name} {_shape_text(node)}" for node in nodes.values())
            for nodes in (self._inputs, self._outputs)
        )
        return ArgumentError(f"the model {self.name} {why} (its inputs: {inputs}; outputs: {outputs})")

    def must_be_numbers(self, values: NDArray[Any]) -> None:
        """Refuse an answer that has no values, as those of float16 models may: their numbers end at 65504.

        The states are dropped, which would have none either, for good.

        Raises:
            ArgumentError: If one is infinite or no number.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            whole = np.isfinite(values.sum(dtype=np.float32))
        if not whole:
            self.reset()
            half = "tensor(float16)" in (self._input.type, self._outputs[self.output].type)
            advice = ": take its float32 version" if half else ""
            raise self.refusal(f"answers with values in {self.output} that are no numbers (NaN or infinity){advice}")

    def reset(self) -> None:
        """Forget the frames before."""
        self._states, self._picture_size = {}, None

    def run(self, picture: NDArray[Any], *, foreground: bool = False) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """Look at a picture.

        Args:
            picture: float32 (1, 3, h, w) or (1, h, w, 3), as `layout` says; uint8 if the model takes that.
            foreground: Whether to return the foreground's colours, too.

        Returns:
            The matte's output as it came; and the foreground's or None.

        Raises:
            ArgumentError: If onnxruntime refuses.
        """
        down, across = picture.shape[2:] if self.layout == "NCHW" else picture.shape[1:3]
        if self._picture_size != (across, down):
            self.reset()
            self._picture_size = across, down
        feeds: dict[str, Any] = {self._input.name: picture.astype(self.dtype, copy=False)}
        for name in self._state_inputs.values():
            feeds[name] = self._states[name] if name in self._states else _empty_state(self._inputs[name])
        if _RATIO in self._inputs:
            usual = min(1.0, _RATIO_SIDE / max(across, down))  # As the project's own inference.py has it.
            ratio = usual if self._downsample_ratio is None else self._downsample_ratio
            feeds[_RATIO] = np.array([ratio], self._dtype_of(self._inputs[_RATIO]))
        wanted = [self.output, *([_FOREGROUND] if foreground else []), *self._state_inputs]
        try:
            answers = dict(zip(wanted, self._session.run(wanted, feeds), strict=True))
        except Exception as error:  # onnxruntime's have no base of their own.
            guess = "" if self._layout_is_known else "; channels were put first, give layout='NHWC' if they come last"
            raise self.refusal(f"fails on a picture of {across}x{down}: {reason_of(error)}{guess}") from error
        self._states = {name: answers[answer] for answer, name in self._state_inputs.items()}
        return answers[self.output], answers.get(_FOREGROUND)

    def _picture_input(self) -> Any:
        known = {_RATIO, *self._state_inputs.values()}
        pictures = [node for name, node in self._inputs.items() if name not in known]
        if len(pictures) != 1:
            raise self.refusal("should have one input for the picture, or those of Robust Video Matting")
        return pictures[0]

    def _dtype_of(self, node: Any) -> Any:
        if node.type not in _DTYPES:
            raise self.refusal(f"takes {node.type} as {node.name}, not floats or bytes")
        return _DTYPES[node.type]

    def _layout_and_size(self, layout: str | None) -> tuple[str, tuple[int | None, int | None]]:
        """Layout, and width and height where they are fixed."""
        shape = [side if isinstance(side, int) and side > 0 else None for side in self._input.shape]
        if len(shape) != 4 or shape[0] not in (None, 1):
            raise self.refusal("does not take one picture in four dimensions")
        fitting = [name for name, axis in (("NCHW", 1), ("NHWC", 3)) if shape[axis] == 3]
        if layout is None and len(fitting) != 1:
            if shape[1] not in (None, 3):
                raise self.refusal("does not tell where the three channels are: give layout='NCHW' or 'NHWC'")
            # Every axis is free, as some exports have it. They are PyTorch's; if this one is not, it fails on noise.
            layout, self._layout_is_known = "NCHW", False
        elif layout is None:
            layout = fitting[0]
        elif shape[1 if layout == "NCHW" else 3] not in (None, 3):
            raise self.refusal(f"has not three channels where {layout} has them")
        down, across = shape[2:] if layout == "NCHW" else shape[1:3]
        return layout, (across, down)

    def _matte_output(self, output: str | int | None) -> str:
        every: list[str] = list(self._outputs)
        names = [name for name in every if name not in self._state_inputs]
        if output is None:
            return next((name for name in _ALPHA_NAMES if name in names), names[0])
        if isinstance(output, str) and output in every:
            return output
        if isinstance(output, int) and -len(every) <= output < len(every):
            return every[output]
        raise self.refusal(f"has no output {output!r}")


def alpha_of(model: Model, answer: NDArray[Any], *, channel: int | None, activation: str) -> Floats:
    """The plane of an output that tells who is in front.

    Args:
        model: Whose it is.
        answer: (h, w), (1, h, w), (1, C, h, w) or (1, h, w, C).
        channel: Which C; by default the only one, or the second of two.
        activation: "none", "sigmoid" or "softmax".

    Returns:
        float32 (h, w).

    Raises:
        ArgumentError: If its shape is another.
    """
    planes = get_planes(model, answer)
    chosen = {1: 0, 2: 1}.get(len(planes)) if channel is None else channel
    if chosen is None or chosen >= len(planes):
        what = "give channel=, the one that is in front" if chosen is None else f"there is no channel {channel}"
        raise model.refusal(f"has {len(planes)} channels in {model.output}: {what}")
    if np.issubdtype(answer.dtype, np.integer):
        # Bytes are a picture of the matte; other whole numbers are classes, of which 0 is what is behind.
        found = planes[chosen] / np.float32(255) if answer.dtype == np.uint8 else planes[chosen] > 0
        return np.asarray(found, np.float32)
    if activation == "softmax" and len(planes) > 1:
        powers = np.exp(planes - planes.max(0))
        return np.asarray(powers[chosen] / powers.sum(0), np.float32)
    plane: Floats = np.asarray(planes[chosen], np.float32)
    return np.asarray(1 / (1 + np.exp(-np.clip(plane, -60, 60))), np.float32) if activation == "sigmoid" else plane


def get_planes(model: Model, answer: NDArray[Any]) -> NDArray[Any]:
    """An output as (C, h, w).

    Raises:
        ArgumentError: If it has another number of dimensions.
    """
    if answer.ndim == 4 and answer.shape[0] == 1:
        picture: NDArray[Any] = answer[0]
        return picture if picture.shape[0] <= picture.shape[2] else picture.transpose(2, 0, 1)  # Channels are fewer.
    if (answer.ndim == 2 and min(answer.shape) > 1) or (answer.ndim == 3 and answer.shape[0] == 1):
        return answer.reshape(1, *answer.shape[-2:])
    raise model.refusal(f"gives {model.output} of shape {'x'.join(map(str, answer.shape))}, which is no matte")


def guessed_activation(model: Model, answer: NDArray[Any]) -> str:
    """What an output still lacks to be a probability, judged by its answer to noise.

    Raises:
        ArgumentError: If that cannot be told.
    """
    planes = get_planes(model, answer)
    if np.issubdtype(answer.dtype, np.integer):
        return "none"
    model.must_be_numbers(planes)
    low, high = float(planes.min()), float(planes.max())
    if len(planes) > 1:
        return "none" if low >= -1e-3 and np.abs(planes.sum(0) - 1).max() < 1e-2 else "softmax"
    if low < -0.5 or high > 1.5:
        raise model.refusal(
            f"answers with {low:.1f} to {high:.1f} in {model.output}, which is no alpha:"
            " give activation='sigmoid', or normalise=True"
        )
    return "none"


def _empty_state(node: Any) -> NDArray[Any]:
    """What a state is before the first frame: zeros, 1x1x1x1 where the size depends on the picture."""
    shape = [side if isinstance(side, int) and side > 0 else 1 for side in node.shape]
    return np.zeros(shape, _DTYPES.get(node.type, np.float32))


def _shape_text(node: Any) -> str:
    kind = node.type.removeprefix("tensor(").removesuffix(")")
    return f"{kind} {'x'.join(str(side) if isinstance(side, int) else '?' for side in node.shape)}"
