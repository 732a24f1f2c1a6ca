"""`framechain.anonymize`: a clip in which no face can be recognised, in one call."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..basics.arguments import check_count, check_number, convert_numbers
from ..basics.timecode import Time, parse_time
from ..engine.engine import Engine
from ..errors import ArgumentError, ArgumentTypeError, FramechainWarning
from ..files.atomic_output import AtomicOutput
from ..files.paths import PathLike, is_remote, is_stream_url, make_output_path
from ..options import CameraOptions, Encoding
from ..run.result import RunResult
from ..sinks.target import NO_OUTPUT, Output
from ..sources.open import find_kind
from .editing import make_added_track, read_report
from .page import make_report_page
from .report import Report, SourceFacts, hash_file, write_text
from .thumbnails import Thumbnails
from .tracks import Track

THRESHOLD = 0.65
"""The default of `threshold`: faces reach 0.79 and more, what is none at most 0.69 on the clips that were measured."""

_EXTENSION = "anonymized"


@dataclass(frozen=True, slots=True)
class AnonymizeResult:
    """What `anonymize` did.

    Attributes:
        run: The result of the run that wrote the covered clip.
        tracks: The faces; those that are left uncovered among them.
        report_path: The report, JSON; None if none was written.
        page_path: The report as a page; None if none was written.
        seconds: Wall-clock time of both passes.
    """

    run: RunResult = field(default_factory=RunResult)
    tracks: tuple[Track, ...] = field(default=(), repr=False)
    report_path: str | None = None
    page_path: str | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Convert NumPy's numbers to Python's."""
        convert_numbers(self)

    @property
    def output_path(self) -> str | None:
        """The covered clip; None if it was written to an open file."""
        return self.run.output_path

    @property
    def covered(self) -> int:
        """How many tracks are covered."""
        return sum(not track.removed for track in self.tracks)

    @property
    def frames_per_second(self) -> float:
        """Frames per second of wall-clock time, both passes together."""
        return self.run.frames_processed / self.seconds if self.seconds > 0 else 0.0


def anonymize(
    path: PathLike,
    output: Output = None,
    *,
    cover: str | None = None,
    size: float | None = None,
    colour: Sequence[int] | None = None,
    picture: PathLike | None = None,
    threshold: float | None = None,
    drop_shorter_than: int | None = None,
    report: PathLike | bool = True,
    edit: PathLike | None = None,
    start: Time | None = None,
    end: Time | None = None,
    encoding: Encoding = Encoding(),  # noqa: B008
    audio: bool = True,
    progress: bool | None = None,
) -> AnonymizeResult:
    """Cover every face of a video or an image, in two passes: one looks at all of it, the other one covers.

    Faces are followed forwards and backwards, so that one is covered also in the frames in which the detector does not
    see it. After an error there is no output: no frame that was not looked at is ever written.

    The report shows faces and says where they are: it is as private as the source.

    Args:
        path: A video or an image: a local file, a URL of one, or what stow reaches.
        output: Where to write; None: next to the input, as clip_anonymized.mp4.
        cover: "blur" (default), "pixelate", "solid" or "picture".
        size: The cover's size as a factor; 1 (default) reaches from the hair line to below the chin.
        colour: Blue, green and red of "solid"; black if not given.
        picture: The image file of "picture".
        threshold: How surely something must be a face, in [0.1, 1]: a lower one covers more that is none. 0.7 if not
            given.
        drop_shorter_than: Leave faces uncovered that the detector saw in fewer frames; 0 (default) for none.
        report: Whether to write a report next to the output, as clip_anonymized.json and clip_anonymized.html; or the
            path of the JSON file.
        edit: A report that a person has corrected: it says what is covered, and the clip is not looked at again.
        start: Where the output begins, instead of the clip's beginning, such as 2.5 or "0:03".
        end: Where it ends.
        encoding: How to encode video.
        audio: Whether to keep the audio.
        progress: Whether to draw progress bars on stderr; None: if that is a terminal.

    Returns:
        What was done.

    Raises:
        ArgumentError: If a value is out of range, the input is a camera, or an entry of `edit` cannot be used.
        FramechainError: If the input cannot be read or the output cannot be written.
        Interrupted: After Ctrl-C; in the second pass, what was made of the output is complete and covered.

    Example:
        >>> import tempfile
        >>> result = anonymize("samples/clip.mp4", os.path.join(tempfile.mkdtemp(), "covered.mp4"), end=0.2)
        >>> result.run.frames_written, result.covered, os.path.basename(result.page_path)
        (6, 1, 'covered.html')
    """
    from ..faces.cover import FaceCover
    from .passes import CoverPass

    begun, name = time.perf_counter(), _check_input(path)
    known = None if edit is None else read_report(edit)
    settings = _choose_settings(
        {} if known is None else known.settings,
        {"cover": cover, "size": size, "colour": colour, "picture": picture},
        {"threshold": threshold, "drop_shorter_than": drop_shorter_than, "start": start, "end": end},
        edit,
    )
    covering = FaceCover(
        settings["cover"], size=settings["size"], color=settings["colour"], picture=settings["picture"]
    )
    _check_outputs(name, output, report)
    options: dict[str, Any] = {
        "source": name,
        "start": settings["start"],
        "end": settings["end"],
        "cut": True,
        "progress": progress,
    }
    if known is None:
        found = _look(name, settings, options)
    else:
        _check_is_same(known.source, name, edit)
        found = known
    added = [make_added_track(entry, f"added[{at}]", found.source) for at, entry in enumerate(found.added)]
    for number, track in enumerate(added, 1 + max((one.number for one in found.tracks), default=0)):
        track.number = number
    tracks = (*found.tracks, *added)
    looked_at = range(found.source.first, found.source.first + found.source.frames)
    wants_report = report is not False and (report is not True or _is_local(output, name))
    thumbnails = Thumbnails(tracks, found.source.first, found.source.frames) if wants_report else None
    covering_pass = CoverPass(tracks, looked_at, covering, thumbnails)
    run = Engine(
        custom_objects=[covering_pass],
        output_path=output,
        output_extension=_EXTENSION,
        encoding=encoding,
        audio=audio,
        **options,
    ).run()
    paths: tuple[str | None, str | None] = None, None
    if thumbnails is not None:
        found = Report(found.source, settings, found.tracks, found.added, found.cuts)
        paths = _write_report(found, tracks, thumbnails, run.output_path, report)
    return AnonymizeResult(run, tracks, *paths, time.perf_counter() - begun)


def _check_input(path: Any) -> str:
    if not isinstance(path, str | os.PathLike) or not isinstance(os.fspath(path), str):
        raise ArgumentTypeError(f"anonymize reads its input twice: give the path of a file, got {path!r:.80}")
    name = os.path.expanduser(os.fspath(path))
    if not name:
        raise ArgumentError("the path of the input is empty: give a video or an image")
    if find_kind(name, CameraOptions()) == "camera":
        raise ArgumentError(
            f"{name} is a camera or a live stream, and anonymize reads its input twice: give a file, or cover faces "
            "live with the object face-blur"
        )
    return name


def _choose_settings(
    known: Mapping[str, Any], cover: Mapping[str, Any], looking: Mapping[str, Any], edit: PathLike | None
) -> dict[str, Any]:
    """Return what was given, else what the report says, else the default, as plain values."""
    defaults: dict[str, Any] = {"cover": "blur", "size": 1.0, "colour": (0, 0, 0), "picture": None}
    defaults |= {"threshold": THRESHOLD, "drop_shorter_than": 0, "start": None, "end": None}
    if edit is not None and (given := [name for name, value in looking.items() if value is not None]):
        raise ArgumentError(
            f"{given[0]} is for looking at the clip, and {os.fspath(edit)} says what was seen: leave it out"
        )
    settings = defaults | {name: value for name, value in known.items() if name in defaults}
    settings |= {name: value for name, value in {**cover, **looking}.items() if value is not None}
    if cover["picture"] is not None and cover["cover"] is None:
        settings["cover"] = "picture"
    settings["threshold"] = check_number("threshold", settings["threshold"], 0.1, 1)
    settings["drop_shorter_than"] = check_count("drop_shorter_than", settings["drop_shorter_than"], 0)
    for key in ("start", "end"):
        settings[key] = None if settings[key] is None else parse_time(key, settings[key])
    if isinstance(settings["colour"], Sequence):
        settings["colour"] = list(settings["colour"])
    settings["picture"] = None if settings["picture"] is None else os.fspath(settings["picture"])
    return settings


def _is_local(output: Output, name: str) -> bool:
    """Return whether a report can lie next to the output."""
    place = name if output is None else output
    return isinstance(place, str | os.PathLike) and not (is_remote(place) or is_stream_url(place))


def _check_outputs(name: str, output: Output, report: PathLike | bool) -> None:
    """Refuse at once what could not be written after the first pass."""
    paths = [] if isinstance(report, bool) else [os.fspath(report), _make_page_path(report)]
    if len(set(paths)) == 1:
        raise ArgumentError(f"the report {paths[0]} must be named as JSON, such as report.json: the page is the .html")
    if isinstance(output, str | os.PathLike):
        paths.append(os.fspath(output))
    elif output is None and not is_stream_url(name):
        paths.append(make_output_path(name, _EXTENSION, video=find_kind(name, CameraOptions()) != "image"))
    for path in (path for path in paths if path and not (is_remote(path) or is_stream_url(path))):
        with AtomicOutput(path, inputs=() if is_remote(name) or is_stream_url(name) else (name,)):
            pass


def _look(name: str, settings: Mapping[str, Any], options: Mapping[str, Any]) -> Report:
    """Return what is seen in the clip."""
    from .passes import LookPass

    looking = LookPass(settings["threshold"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FramechainWarning)  # The second pass says the same.
        Engine(custom_objects=[looking], output_path=NO_OUTPUT, audio=False, **options).run()
    is_file = not (is_remote(name) or is_stream_url(name))
    marks = hash_file(name) if is_file else (None, None)
    source = SourceFacts(name, looking.size, looking.first, looking.frames, looking.times, *marks)
    return Report(source, settings, looking.finish(settings["drop_shorter_than"]), (), looking.cuts)


def _check_is_same(source: SourceFacts, name: str, edit: PathLike | None) -> None:
    if source.sha256 is None or is_remote(name) or is_stream_url(name):
        return
    if not os.path.isfile(name):
        return  # The run says so.
    count, digest = hash_file(name)
    if digest != source.sha256:
        raise ArgumentError(
            f"{os.fspath(edit or '')} is the report of another clip: {source.path} had {source.size_in_bytes} bytes "
            f"and the SHA-256 {source.sha256[:12]}..., {name} has {count} and {digest[:12]}..."
        )


def _make_page_path(report: PathLike) -> str:
    return f"{os.path.splitext(os.fspath(report))[0]}.html"


def _write_report(
    report: Report, tracks: Sequence[Track], thumbnails: Thumbnails, output: str | None, place: PathLike | bool
) -> tuple[str, str]:
    """Write the report and its page; return their paths."""
    path = f"{os.path.splitext(output or '')[0]}.json" if isinstance(place, bool) else os.fspath(place)
    page = _make_page_path(path)
    report.write(path)
    shown = Report(report.source, report.settings, tracks, report.added, report.cuts)
    write_text(page, make_report_page(shown, thumbnails, path, output))
    return path, page
