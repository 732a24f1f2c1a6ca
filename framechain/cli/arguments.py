"""The arguments of the command line and their help.

An option has the name of the Python argument that it stands for, as `--output-path` for `output_path`; some have a
short name too. An option for a field of `CameraOptions` begins with `--camera-`.
"""

from __future__ import annotations

import argparse

from .. import __version__
from ..live.keys import make_help_lines
from ..mattes.onnx.families import PRESETS
from ..mattes.selfie.matte import QUALITIES
from ..objects.matte_caller import MATTE_TIMEOUT
from ..options import Encoding, LiveOptions
from ..pixels.image import FITS
from .batch_arguments import add_batch_options
from .builders import MATTES, MODELS, list_object_keys
from .camera_arguments import add_camera_options, add_live_options
from .epilog import EPILOG
from .object_arguments import add_object_options, add_save_option
from .parsing import BoundAction, Parser, Unasked, parse_strength

_ENCODING, _LIVE = Encoding(), LiveOptions()


def build_parser(prog: str | None = None) -> argparse.ArgumentParser:
    """Make the parser of the command line.

    Args:
        prog: The program's name in the help.

    Returns:
        A parser.
    """
    keys = "\n".join(f"  {key:<8}{does}" for key, does in [*make_help_lines(), *list_object_keys()])
    parser = Parser(
        prog=prog,
        description="Cut people out of images, videos and cameras, and blur, colour or replace the\nbackground.",
        epilog=EPILOG.format(keys=keys),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "input",
        nargs="?",
        default=Unasked("0"),
        metavar="INPUT",
        help="image, video, URL or camera number (default: camera 0), or a source as for --object; several files, "
        "folders with all that is below them, and patterns such as 'in/*.mp4' are a batch",
    )
    result = parser.add_argument_group("the result")
    add_result_options(result)
    add_save_option(result)
    _add_flip(result)
    add_matte_options(parser.add_argument_group("the foreground"))
    _add_output_options(parser.add_argument_group("the output"))
    add_batch_options(parser.add_argument_group("several inputs"))
    _add_window_options(parser.add_argument_group("the window"))
    cameras = parser.add_argument_group("cameras")
    add_camera_options(cameras)
    add_live_options(cameras)
    _add_run_options(parser.add_argument_group("the run"))
    return parser


def add_result_options(group: argparse._ArgumentGroup) -> None:
    """Add the options that say what the chain does, but for the foreground.

    Args:
        group: Where they are listed.
    """
    group.add_argument(
        "--background",
        default=Unasked("blur"),
        metavar="WHAT",
        help="blur (default), a colour '#RRGGBB', an image, a video, a folder of images, transparent, or another of "
        "`framechain objects backgrounds`, with arguments as for --object",
    )
    group.add_argument(
        "--blur",
        type=parse_strength,
        default=35,
        metavar="N",
        help="strength: an odd number of pixels (default: 35), or a fraction of the frame such as 0.05",
    )
    group.add_argument(
        "--fit", choices=FITS, default="cover", help="how a background image or video fills the frame (default: cover)"
    )
    group.add_argument(
        "--light-wrap",
        type=float,
        default=0.0,
        metavar="X",
        help="0 to 1: light of the new background on the edge (default: 0)",
    )
    group.add_argument("--matte-only", action="store_true", help="write the matte itself, in grey")
    group.add_argument("--fps", action="store_true", help="draw the frames per second")
    add_object_options(group)


def _add_flip(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--flip",
        "--flip-view",
        dest="flip_view",
        action=argparse.BooleanOptionalAction,
        help="mirror left to right, or do not (default: the window of a camera is a mirror)",
    )


def add_matte_options(group: argparse._ArgumentGroup) -> None:
    """Add the options that say how the foreground is found.

    Args:
        group: Where they are listed.
    """
    group.add_argument(
        "--matte",
        default="mediapipe",
        metavar="HOW",
        help=f"how to find the foreground: {', '.join(MATTES)} (default: mediapipe, which finds people), or another of "
        "`framechain objects mattes`, with arguments as for --object",
    )
    group.add_argument(
        "--model",
        choices=MODELS,
        default="landscape",
        help="mediapipe's model for whole frames: general, or landscape (default), which is faster",
    )
    group.add_argument(
        "--quality",
        choices=QUALITIES,
        help="mediapipe's quality: fast, balanced (default for videos; for cameras while the machine can hold it, else "
        "fast) or best (default for images)",
    )
    group.add_argument(
        "--low-light",
        type=float,
        default=0.0,
        metavar="X",
        help="0 to 1: how much frames are lightened before mediapipe looks at them, for the dark; the output keeps its "
        "light (default: 0)",
    )
    group.add_argument(
        "--reference", metavar="FILE", help="image of the empty scene, for --matte reference (default: first frame)"
    )
    group.add_argument(
        "--roi", metavar="L,T,R,B", help="part of the frame that is bare wall, in pixels, for --matte running-average"
    )
    group.add_argument(
        "--key-color",
        default="#00b140",
        metavar="#RRGGBB",
        help="the screen's colour for --matte chroma (default: green)",
    )
    group.add_argument("--model-file", metavar="FILE", help="the model for --matte onnx; use only one that you trust")
    group.add_argument(
        "--onnx-preset",
        choices=PRESETS,
        metavar="NAME",
        help=f"the family of that model: {', '.join(PRESETS)} (default: what the file says)",
    )
    group.add_argument(
        "--threshold",
        type=float,
        metavar="T",
        help="0 to 1: a lower one keeps more foreground (default: the matte's own)",
    )
    group.add_argument(
        "--softness", type=float, metavar="S", help="0 to 1: width of the edge (default: the matte's own)"
    )
    group.add_argument(
        "--choke",
        type=float,
        default=0.0,
        metavar="N",
        help="pixels by which the edge moves inwards; -N: outwards",
    )
    group.add_argument(
        "--feather", type=float, default=0.0, metavar="N", help="pixels by which the edge is blurred; -N: sharpened"
    )
    group.add_argument(
        "--strict",
        action="store_true",
        help="show as little of the room as possible, at the cost of the edge; choose a background that hides it",
    )
    group.add_argument(
        "--matte-timeout",
        type=float,
        default=MATTE_TIMEOUT,
        metavar="S",
        help=f"seconds that the matte may take for a frame of a camera; inf: no limit (default: {MATTE_TIMEOUT:g})",
    )


def _add_output_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--output",
        "--output-path",
        dest="output_path",
        metavar="FILE",
        help="where to write (default: next to the input, as clip_out.mp4; a camera: nowhere); "
        "for a camera also an address, as --stream-to; for several inputs a folder",
    )
    group.add_argument(
        "--sink",
        dest="sinks",
        action="append",
        default=[],
        metavar="NAME[:ARG=VALUE...]",
        help="a sink that takes the frames instead of the file next to the input: a name of `framechain objects "
        "sinks`, package.module:Class or FILE.py:Class, with arguments as for --object; may be repeated",
    )
    group.add_argument(
        "--output-extension",
        default="out",
        metavar="TEXT",
        help="text added to the input's name for the default output (default: out)",
    )
    group.add_argument(
        "--start",
        action=BoundAction,
        metavar="TIME",
        help="where processing of a video begins: 0:03, 2.5s, or a frame such as 75; what comes before is written "
        "unchanged (default: its beginning)",
    )
    group.add_argument(
        "--end",
        action=BoundAction,
        metavar="TIME",
        help="where it ends: a time (the frame at that time is left as it is) or the last frame to process; what comes "
        "after is written unchanged (default: its end)",
    )
    group.add_argument(
        "--start-video-frame", type=int, default=0, metavar="N", help="first frame to process, from 0, as --start N"
    )
    group.add_argument(
        "--end-video-frame", type=int, default=0, metavar="N", help="last frame to process, as --end N (0: no end)"
    )
    group.add_argument(
        "--cut",
        action="store_true",
        help="write only the part from --start to --end, with its audio; the rest is cut away",
    )
    group.add_argument("--break-on-end", action="store_true", help="end the output, with its audio, at --end")
    group.add_argument(
        "--codec", metavar="NAME", help="video encoder by FFmpeg's name (default: libx264; for .webm libvpx-vp9)"
    )
    group.add_argument(
        "--preset",
        default=_ENCODING.preset,
        metavar="NAME",
        help="speed against size: realtime (default), or x264's ultrafast to placebo",
    )
    group.add_argument(
        "--crf",
        type=float,
        default=_ENCODING.crf,
        metavar="N",
        help=f"quality: 0 is lossless, 51 the worst (default: {_ENCODING.crf:g})",
    )
    group.add_argument(
        "--bitrate", metavar="RATE", help="bits per second such as 2500k, instead of --crf: for streams (default: none)"
    )
    group.add_argument(
        "--no-audio", dest="audio", action="store_false", help="leave the audio out, also that of a camera"
    )


def _add_window_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--show",
        action="store_true",
        help="show the result in a window (always, for a camera whose result goes nowhere else)",
    )
    group.add_argument("--title", default=_LIVE.title, metavar="TEXT", help="the window's title")
    group.add_argument(
        "--tune",
        action="store_true",
        help="show it with trackbars for threshold, softness and blur, and print the command with their values",
    )


def _add_run_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--object-timeout",
        type=float,
        metavar="S",
        help="seconds that all objects may take for a frame or a key (default: 10 with a camera, else no limit)",
    )
    group.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="show a progress bar, or do not (default: on a terminal)",
    )
    group.add_argument("--quiet", action="store_true", help="print only warnings and errors")
    group.add_argument(
        "-v", "--verbose", action="count", default=0, help="print on stderr what the run does; -vv: more details"
    )
    group.add_argument("--version", action="version", version=f"framechain {__version__}")
