"""The command line: arguments to objects."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TextIO
from urllib.parse import urlsplit

from .. import CameraOptions, Encoding, Engine, LiveOptions, __version__
from ..chain import Chain
from ..errors import ArgumentError, ArgumentTypeError, FramechainError, FramechainWarning
from ..files.paths import is_image, is_stream_url, is_video
from ..live.keys import make_help_lines
from ..mattes.onnx.families import PRESETS
from ..mattes.selfie.matte import QUALITIES
from ..pixels.image import FITS
from ..run.interrupts import EXIT_CODES, Interrupts
from ..run.result import RunResult
from ..tunables import read_tunables
from .builders import MATTES, Part, frame_rate, list_object_keys, replacement

_EXAMPLES = """\
examples:
  %(prog)s clip.mp4
      blur what is behind the person -> clip_out.mp4
  %(prog)s me.jpg --background beach.jpg
      put a picture behind -> me_out.jpg
  %(prog)s clip.mp4 --background '#00ff00'
      a green screen, sound kept
  %(prog)s clip.mp4 --background transparent
      the person alone, with alpha -> clip_out.webm
  %(prog)s hand.mp4 --matte mog2
      a hand before a still camera, found without a model
  %(prog)s --background rooms/ --fps
      camera 0 in a window; a and d step through the folder
  %(prog)s rtsp://host/stream --output rec.mp4
      record a network camera until Ctrl-C
  %(prog)s --camera-size 1280x720 --record me.mp4
      record camera 0 while it is shown
  %(prog)s 0 --virtual-camera
      be seen like this in Zoom, Meet and Teams

keys in the window:
{keys}

environment: FRAMECHAIN_MAX_PIXELS, the most pixels a picture or frame may have
"""
_TRACEBACK_VARIABLE = "FRAMECHAIN_TRACEBACK"
# The second holds names that stay the same when a webcam is plugged in elsewhere, such as /dev/v4l/by-id/...
_DEVICES = ("/dev/video", "/dev/v4l/")
_MAY_HAVE_A_VALUE = "--virtual-camera"


class _Parser(argparse.ArgumentParser):
    """Tells a mistake in one line: below the usage of so many options nobody would find it."""

    def error(self, message: str) -> NoReturn:
        """Tell and exit."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _input(text: str) -> dict[str, Any]:
    """Which of the engine's inputs a text names."""
    if text.isdecimal():
        return {"webcam_id": int(text)}
    if text.startswith(_DEVICES):
        return {"webcam_id": text}
    if is_stream_url(text):
        # Network cameras are found at such as http://host/mjpg/video.mjpg and /axis-cgi/video.cgi.
        url = urlsplit(text)
        is_file = url.scheme in ("http", "https") and (is_video(url.path) or is_image(url.path))
        return {"video_path": text} if is_file else {"webcam_id": text}
    return {"image_path": text} if is_image(text) else {"video_path": text}


def _strength(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write WIDTHxHEIGHT, such as 1280x720")
    return int(width), int(height)


_strength.__name__ = "number"  # What argparse calls it in its errors.


def _keys() -> str:
    """The engine's keys, and those of what the options can put into the chain."""
    return "\n".join(f"  {key:<8}{does}" for key, does in [*make_help_lines(), *list_object_keys()])


def build_parser(prog: str | None = None) -> argparse.ArgumentParser:
    """The arguments and their help.

    Args:
        prog: The program's name in the help.

    Returns:
        A parser.
    """
    parser = _Parser(
        prog=prog,
        description="Cut people out of pictures, videos and webcams, and blur, colour or\nreplace what is behind.",
        epilog=_EXAMPLES.format(keys=_keys()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "input",
        nargs="?",
        default="0",
        metavar="INPUT",
        help="picture, video, URL or camera number (default: camera 0)",
    )
    look = parser.add_argument_group("what it looks like")
    look.add_argument(
        "--background",
        default="blur",
        metavar="WHAT",
        help="blur (default), a colour '#RRGGBB', a picture, a video, a folder of pictures, or transparent",
    )
    look.add_argument(
        "--blur",
        type=_strength,
        default=35,
        metavar="N",
        help="strength: an odd number of pixels (default: 35), or a fraction of the frame such as 0.05",
    )
    look.add_argument(
        "--fit", choices=FITS, default="cover", help="how a picture or video fills the frame (default: cover)"
    )
    look.add_argument(
        "--matte",
        choices=MATTES,
        default="mediapipe",
        metavar="HOW",
        help=f"how to tell who is in front: {', '.join(MATTES)} (default: mediapipe, which finds people)",
    )
    look.add_argument(
        "--model",
        choices=("general", "landscape"),
        default="landscape",
        help="mediapipe's model for whole frames; landscape is faster",
    )
    look.add_argument(
        "--quality",
        choices=QUALITIES,
        help="mediapipe's cut-out: fast, balanced (default for videos and cameras) or best (default for pictures)",
    )
    look.add_argument(
        "--reference", metavar="FILE", help="picture of the empty scene, for --matte reference (default: first frame)"
    )
    look.add_argument(
        "--roi", metavar="L,T,R,B", help="part of the frame that is bare wall, in pixels, for --matte running-average"
    )
    look.add_argument(
        "--key-color", default="#00b140", metavar="#RRGGBB", help="what is cut out by --matte chroma (default: green)"
    )
    look.add_argument("--model-file", metavar="FILE", help="the model for --matte onnx; use only one that you trust")
    look.add_argument(
        "--onnx-preset",
        choices=PRESETS,
        metavar="NAME",
        help=f"what that model is: {', '.join(PRESETS)} (default: what the file tells)",
    )
    look.add_argument(
        "--threshold",
        type=float,
        metavar="T",
        help="0 to 1: lower keeps more in front (default: the matte's own)",
    )
    look.add_argument("--matte-only", action="store_true", help="write the matte itself, in grey")
    look.add_argument(
        "--softness", type=float, metavar="S", help="0 to 1: how wide the edge is (default: the matte's own)"
    )
    look.add_argument(
        "--choke",
        type=float,
        default=0.0,
        metavar="N",
        help="pixels by which the edge is moved inwards, or outwards (-N)",
    )
    look.add_argument(
        "--feather", type=float, default=0.0, metavar="N", help="pixels by which the edge is blurred; -N: made harder"
    )
    look.add_argument(
        "--light-wrap",
        type=float,
        default=0.0,
        metavar="X",
        help="0 to 1: light of the new background on the edge (default: 0)",
    )
    look.add_argument(
        "--flip",
        action=argparse.BooleanOptionalAction,
        help="mirror left to right, or do not (default: a camera's window is a mirror)",
    )
    look.add_argument("--fps", action="store_true", help="draw the frames per second")
    look.add_argument(
        "--show",
        action="store_true",
        help="show the result in a window (always, for a camera without --output and --virtual-camera)",
    )
    look.add_argument(
        "--tune",
        action="store_true",
        help="show it with trackbars for threshold, softness and blur, and print what they were set to",
    )
    out = parser.add_argument_group("what is written")
    out.add_argument(
        "--output",
        metavar="FILE",
        help="where to write (default: next to the input, as clip_out.mp4; a camera: nowhere); "
        "for a camera also rtmp://, rtsp://, udp:// or tcp://, to stream there",
    )
    out.add_argument(
        "--start", type=int, default=0, metavar="N", help="first frame to process; earlier ones are written as they are"
    )
    out.add_argument(
        "--end", type=int, default=0, metavar="N", help="last frame to process; later ones are written as they are"
    )
    out.add_argument("--break-on-end", action="store_true", help="end the output, sound included, at --end")
    out.add_argument(
        "--codec", metavar="NAME", help="video encoder by FFmpeg's name (default: libx264; for .webm libvpx-vp9)"
    )
    out.add_argument(
        "--preset",
        default="realtime",
        metavar="NAME",
        help="speed against size: realtime (default), or ultrafast to placebo as x264 has them",
    )
    out.add_argument(
        "--crf", type=float, default=20, metavar="N", help="quality: 0 is lossless, 51 the worst (default: 20)"
    )
    out.add_argument("--no-audio", action="store_true", help="leave the sound out")
    live = parser.add_argument_group("cameras")
    live.add_argument("--camera-size", type=_size, metavar="WxH", help="size to ask a webcam for, such as 1280x720")
    live.add_argument("--camera-fps", type=float, metavar="N", help="frames per second to ask a webcam for")
    live.add_argument("--record", metavar="FILE", help="record while the window is shown")
    live.add_argument(
        "--virtual-camera",
        nargs="?",
        const="auto",
        metavar="DEVICE",
        help="show the result to other programs as a webcam (default: the first device; needs pyvirtualcam)",
    )
    live.add_argument(
        "--reconnect",
        type=int,
        default=5,
        metavar="N",
        help="how many times in a row to try to reach a lost camera again (default: 5)",
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing but warnings and errors")
    parser.add_argument("--version", action="version", version=f"framechain {__version__}")
    return parser


def main(arguments: Sequence[str] | None = None, *, parts: Sequence[Part] = (replacement, frame_rate)) -> int:
    """Run the command line.

    Args:
        arguments: The arguments; those of the process if not given.
        parts: What the chain is made of, in order: each makes an object from the parsed arguments.

    Returns:
        The exit code: 0 done, 1 failed, 2 wrong arguments, 130 and 143 stopped by SIGINT and SIGTERM.
    """
    parser = build_parser()
    options = parser.parse_args(arguments)
    warnings.simplefilter("always", FramechainWarning)
    warnings.showwarning = lambda message, *rest, **more: _tell(parser.prog, f"warning: {message}")

    def tell_tuned(values: Mapping[str, float]) -> None:
        _print(_tuned_command(parser, sys.argv[1:] if arguments is None else arguments, values))

    with Interrupts() as interrupts:
        try:
            result = _run(options, parts, interrupts, tell_tuned)
            if not options.quiet:
                _print(_summary(result))
            if result.tuned:
                tell_tuned(result.tuned)
            return EXIT_CODES.get(result.stopped or "", 0)
        except (ArgumentError, ArgumentTypeError) as error:
            _tell(parser.prog, str(error))
            return 2
        except FramechainError as error:
            _tell(parser.prog, str(error))
            return 1
        except (KeyboardInterrupt, SystemExit) as error:
            if interrupts.signal is None and isinstance(error, SystemExit):  # An object's own wish.
                raise
            _tell(parser.prog, "interrupted, nothing was written")
            return EXIT_CODES[interrupts.signal or "SIGINT"]
        except Exception as error:
            if os.environ.get(_TRACEBACK_VARIABLE):
                raise
            _tell(parser.prog, f"unexpected {type(error).__name__}: {error} (set {_TRACEBACK_VARIABLE}=1 to see where)")
            return 1


def leave(code: int) -> NoReturn:
    """End the process, at once even where a thread hangs that nobody waits for any more, as in a camera's read.

    Args:
        code: The exit code.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):  # All is done: nothing is left to be broken off.
            signal.signal(number, signal.SIG_IGN)
    if any(thread.name.startswith("framechain") for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def program() -> NoReturn:
    """The console script."""
    leave(main())


def _run(
    options: argparse.Namespace,
    parts: Sequence[Part],
    interrupts: Interrupts,
    tell_tuned: Callable[[Mapping[str, float]], object],
) -> RunResult:
    made = [thing for part in parts if (thing := part(options)) is not None]
    interrupts.break_off()
    inputs = _input(options.input)
    engine = Engine(
        **inputs,
        show=options.show or options.tune or ("webcam_id" in inputs and not (options.output or options.virtual_camera)),
        flip_view=options.flip,
        custom_objects=made,
        start_video_frame=options.start,
        end_video_frame=options.end,
        break_on_end=options.break_on_end,
        output_path=options.output,
        encoding=Encoding(options.codec, options.preset, options.crf),
        camera=CameraOptions(size=options.camera_size, fps=options.camera_fps, reconnect=options.reconnect),
        live=LiveOptions(record=options.record, virtual_camera=options.virtual_camera, tune=options.tune),
        audio=not options.no_audio,
        progress=False if options.quiet else None,
    )
    tunables = Chain(made).tunables if options.tune else []
    before = read_tunables(tunables)
    try:
        return engine.run()
    except FramechainError:
        # Such as a camera that was lost: what somebody has found by trial is not.
        if (values := read_tunables(tunables)) != before:
            tell_tuned(values)
        raise


def _summary(result: RunResult) -> str:
    frames = f"{result.frames_processed} frame{'s' if result.frames_processed != 1 else ''}"
    rate = f", {result.frames_per_second:.0f} frames/s" if result.frames_processed > 1 else ""
    rate += f", {result.dropped} dropped" if result.dropped else ""
    stopped = f" (stopped by {result.stopped})" if result.stopped else ""
    wrote = f"wrote {result.output_path}: " if result.output_path else "nothing written: "
    return f"{wrote}{frames} in {result.seconds:.1f} s{rate}{stopped}"


def _tuned_command(parser: argparse.ArgumentParser, arguments: Sequence[str], tuned: Mapping[str, float]) -> str:
    """The command line that was given, with what the trackbars were set to instead of --tune."""
    known = parser.parse_args([])
    values = {f"--{name}": f"{value:g}" for name, value in tuned.items() if hasattr(known, name.replace("-", "_"))}
    kept: list[str] = []
    last: list[str] = []
    words = list(arguments)
    while words:
        word = words.pop(0)
        option, equals, _ = word.partition("=")
        if option in values:
            if not equals:
                del words[:1]
        elif word == _MAY_HAVE_A_VALUE and (not words or words[0].startswith("-")):
            last.append(word)  # Where it takes for its value no word that stood behind one that is left out.
        elif word != "--tune":
            kept.append(word)
    program = f"python {parser.prog}" if parser.prog.endswith(".py") else parser.prog
    return shlex.join([*program.split(), *kept, *(word for pair in values.items() for word in pair), *last])


def _tell(prog: str, message: str) -> None:
    _print(f"{prog}: {' '.join(message.split())}", file=sys.stderr)


def _print(line: str, file: TextIO | None = None) -> None:
    """Print a line, unless nobody can take it: a full disk or a closed pipe must not cost the output."""
    file = file or sys.stdout
    if file is None:  # As under pythonw.
        return
    try:
        print(line, file=file, flush=True)
    except OSError:
        with contextlib.suppress(OSError, ValueError):  # What is still held back would be told of at the exit.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, file.fileno())
            os.close(nowhere)
