"""AutoFrame: a virtual camera operator. See docs/faces.md.

- `watch`: who is in the picture: faces of several looks joined to people.
- `composition`: the shot that shows them well.
- `operator`: when the camera moves, and how: a smooth path of shots.
- `auto_frame`: the object of the chain, which cuts the shots out of the frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..basics.lazy import make_lazy

if TYPE_CHECKING:
    from .auto_frame import AutoFrame

__getattr__, __dir__ = make_lazy(__name__, {"AutoFrame": "auto_frame"})

__all__ = ["AutoFrame"]
