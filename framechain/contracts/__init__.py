"""What an object, a matte, a background, a source and a sink must do and may do: all that a plug-in author needs.

Each class names the one method that a subclass must have; everything else is optional and has a default here.

A plain callable may stand for a `FrameObject`, a `Matte` or a `Background`: `lambda frame: 255 - frame` is an object of
the chain. What one of these three raises ends the run with an `ObjectError` that names it and the frame. What a source
or a sink raises ends the run as it is.
"""

from .background import Background
from .component import Component
from .frame_object import FrameObject
from .matte import Matte
from .sink import Sink
from .source import Source

__all__ = ["Background", "Component", "FrameObject", "Matte", "Sink", "Source"]
