"""LiteRT's interpreter, formerly TensorFlow Lite's."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..media.native_messages import hide_native_messages

NOISE = ("INFO: Created TensorFlow Lite", "WARNING: Logging before InitGoogle()", "W0000 ", "I0000 ")
"""Parts of the lines that the runtimes print without need."""


class LiteRtInterpreter:
    """A model in LiteRT's interpreter; a subclass fills the input."""

    def __init__(self, model: bytes) -> None:
        """Load the bytes of a .tflite file with one input, float32.

        Raises:
            ImportError: If LiteRT is not installed.
        """
        from ai_edge_litert.interpreter import Interpreter

        # One thread, because the pipeline keeps the other cores busy.
        with hide_native_messages(*NOISE):
            self._interpreter: Any = Interpreter(model_content=model, num_threads=1)
            self._interpreter.allocate_tensors()
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        self._outputs: list[int] = [details["index"] for details in self._interpreter.get_output_details()]

    def _invoke(self) -> list[NDArray[np.float32]]:
        """Run the model on what its input holds: its outputs without the first axis, arrays of their own."""
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output)[0] for output in self._outputs]

    def close(self) -> None:
        """Release the model."""
        self._interpreter = None
