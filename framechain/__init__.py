"""framechain: frames from an image, a video or a camera through a chain of callables, shown or written.

Example:
    >>> from framechain import Engine, FPSmetric, MPSegmentation
    >>> engine = Engine(video_path="samples/clip.mp4", custom_objects=[MPSegmentation(), FPSmetric()])

Further names are in `framechain.mattes`, `framechain.backgrounds`, `framechain.effects`, `framechain.faces`,
`framechain.framing`, `framechain.sources` and `framechain.sinks`.
"""

import logging
import sys
import warnings

# "av" before "cv2" freezes OpenCV's windows on Linux; nothing can be done once it has happened. Modules stand in the
# order in which their imports began: a program may have imported both already, sorted by name.
_IMPORTED = [name for name in sys.modules if name in ("av", "cv2")]
_AV_CAME_FIRST = _IMPORTED[:1] == ["av"]

from ._version import __version__  # noqa: E402
from .basics.standard_streams import open_missing  # noqa: E402
from .errors import (  # noqa: E402
    ArgumentError,
    ArgumentTypeError,
    CameraError,
    CameraLostError,
    DependencyError,
    DisplayError,
    FramechainError,
    FramechainWarning,
    Interrupted,
    LateError,
    MediaError,
    MissingInputError,
    ObjectError,
    ObjectResultError,
    OutputError,
    Terminated,
)

open_missing()  # Before native libraries print anything.

try:
    import cv2  # noqa: F401
except ImportError as error:
    raise DependencyError(
        f"OpenCV cannot be imported ({error}): pip install opencv-python; if a system library is missing, "
        "on Debian and Ubuntu: sudo apt-get install -y libgl1 libglib2.0-0 libegl1 libgles2 libsm6"
    ) from error

from . import effects, faces, framing  # noqa: E402, F401  (their modules are imported on first use)
from .anonymizing.anonymize import AnonymizeResult, anonymize  # noqa: E402
from .basics.tunables import Tunable  # noqa: E402
from .batch.batch import Batch  # noqa: E402
from .compositing.placement import Place  # noqa: E402
from .contracts import Background, FrameObject, Matte, Sink, Source  # noqa: E402
from .cutout import cut_out  # noqa: E402
from .engine.engine import Engine  # noqa: E402
from .frame import Frame, FrameInfo, StreamInfo  # noqa: E402
from .loops.frame_at import frame_at  # noqa: E402
from .loops.reading import Reading, read  # noqa: E402
from .loops.writing import Writing, write  # noqa: E402
from .objects.find_matte import FindMatte  # noqa: E402
from .objects.overlays import FPSmetric  # noqa: E402
from .objects.replacement import BackgroundReplacement  # noqa: E402
from .objects.segmentation import MPSegmentation  # noqa: E402
from .options import CameraOptions, Encoding, LiveOptions  # noqa: E402
from .pixels.image import Image  # noqa: E402
from .plugins.chain_file import load_chain  # noqa: E402
from .run.result import RunResult  # noqa: E402
from .showing import show  # noqa: E402
from .sinks.open import open_sink  # noqa: E402
from .sinks.target import NO_OUTPUT  # noqa: E402
from .sources.open import open_source  # noqa: E402
from .steering import SKIP, Progress, Stop  # noqa: E402

logging.getLogger("framechain").addHandler(logging.NullHandler())  # Silent unless the program asks for it.

if _AV_CAME_FIRST and sys.platform.startswith("linux"):
    warnings.warn(
        "av was imported before cv2: windows will freeze on Linux; import framechain or cv2 first",
        FramechainWarning,
        stacklevel=2,
    )


__all__ = [
    "NO_OUTPUT",
    "SKIP",
    "AnonymizeResult",
    "ArgumentError",
    "ArgumentTypeError",
    "Background",
    "BackgroundReplacement",
    "Batch",
    "CameraError",
    "CameraLostError",
    "CameraOptions",
    "DependencyError",
    "DisplayError",
    "Encoding",
    "Engine",
    "FPSmetric",
    "FindMatte",
    "Frame",
    "FrameInfo",
    "FrameObject",
    "FramechainError",
    "FramechainWarning",
    "Image",
    "Interrupted",
    "LateError",
    "LiveOptions",
    "MPSegmentation",
    "Matte",
    "MediaError",
    "MissingInputError",
    "ObjectError",
    "ObjectResultError",
    "OutputError",
    "Place",
    "Progress",
    "Reading",
    "RunResult",
    "Sink",
    "Source",
    "Stop",
    "StreamInfo",
    "Terminated",
    "Tunable",
    "Writing",
    "__version__",
    "anonymize",
    "cut_out",
    "frame_at",
    "load_chain",
    "open_sink",
    "open_source",
    "read",
    "show",
    "write",
]
_PACKAGES = ("backgrounds", "effects", "faces", "framing", "mattes", "sinks", "sources")


def __dir__() -> list[str]:
    """Return the names of the API, without what is imported for its own use here."""
    return sorted({*__all__, *_PACKAGES, *(name for name in globals() if name.startswith("__"))})
