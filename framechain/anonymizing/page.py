"""The report as a page that holds everything it shows: a person checks it in minutes and learns how to correct it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import cv2

from ..basics.timecode import format_time
from ..markup.elements import Element, escape, make_grid, make_note, make_page, make_table
from ..markup.pictures import make_data_url, make_image_tag
from ..pixels.image import Image
from .report import Report
from .thumbnails import ROLES, Thumbnails, choose_frames
from .tracks import Mark, Track

# The page follows the browser's light or dark theme; what is in it inherits the colours.
_STYLE = """<style>
:root{color-scheme:light dark}
body{font-family:system-ui,sans-serif;line-height:1.45;max-width:72rem;margin:0 auto;padding:1rem;background:Canvas;
color:CanvasText}
h1{font-size:1.4rem;margin:.2em 0;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:1.6em 0 .4em}
h3{font-size:1rem;margin:0 0 .2em}
.warning{border-left:.3rem solid #c60;padding:.3em .8em;margin:.8em 0}
.track{border-top:1px solid #8886;padding:.8em 0}
.track p{margin:.2em 0 .5em}
.pictures{display:flex;flex-wrap:wrap;gap:.6em}
.pictures figure{margin:0;width:144px}
.pictures img{display:block;width:100%;height:auto}
figcaption{font-size:.85em}
.bar{display:block;width:100%;height:.9em;background:#8884;margin:.3em 0}
.detected{fill:#2a9d4a}.tracked{fill:#2f7fd6}.filled{fill:#e08a00}.added{fill:#b14fc4}
.key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .8em;vertical-align:baseline}
.removed{opacity:.75}
pre{overflow-x:auto;background:#8882;padding:.6em}
code{overflow-wrap:anywhere}
</style>"""

_MEANINGS: dict[Mark, str] = {
    "detected": "the detector saw the face",
    "tracked": "it was found again by its looks",
    "filled": "it lies between other boxes, or next to the first or last one: look here first",
    "added": "a person added it",
}
_COLOURS: dict[Mark, str] = {"detected": "#2a9d4a", "tracked": "#2f7fd6", "filled": "#e08a00", "added": "#b14fc4"}


def make_report_page(report: Report, thumbnails: Thumbnails, report_path: str | None, output: str | None) -> str:
    """Return the page.

    Args:
        report: What was found.
        thumbnails: The pictures, taken while the clip was covered.
        report_path: The JSON file, for the explanation.
        output: The file that was written.

    Returns:
        HTML that loads nothing.
    """
    name = os.path.basename(report.source.path) or report.source.path
    covered = [track for track in report.tracks if not track.removed]
    left = [track for track in report.tracks if track.removed]
    parts = [
        f"<h1>Faces in {escape(name)}</h1>",
        '<p class="warning"><strong>This page shows faces.</strong> It is as private as the source: '
        "do not pass it on with the covered clip.</p>",
        make_table("The clip", _list_facts(report, output, len(covered))),
        "<p>Marks:" + ";".join(_explain(mark) for mark in _MEANINGS) + "</p>",
        f"<h2>Covered: {_count(len(covered))}</h2>",
        *(_make_track(track, report, thumbnails) for track in covered),
    ]
    if left:
        parts += [
            f"<h2>Not covered: {_count(len(left))}</h2>",
            make_note('If one of these is a face, set its "removed" to false in the report and render again.'),
            *(_make_track(track, report, thumbnails) for track in left),
        ]
    if thumbnails.overviews:
        elements = [_make_overview(index, image, report) for index, image in sorted(thumbnails.overviews.items())]
        parts += ["<h2>The result</h2>", make_note("Look for a face that no track has."), make_grid(elements)]
    parts.append(_explain_corrections(report, report_path))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>Faces in {escape(name)}</title>{_STYLE}</head><body>{make_page(*parts)}</body></html>\n"
    )


def _list_facts(report: Report, output: str | None, covered: int) -> dict[str, object]:
    source, settings = report.source, report.settings
    facts: dict[str, object] = {
        "source": source.path,
        "covered clip": output or "none",
        "frames": f"{source.frames}, {source.size[0]}x{source.size[1]}",
        "time": f"{format_time(source.times[0])} to {format_time(source.times[1])}",
        "covered": f"{_count(covered)}, {settings.get('cover')}, size {settings.get('size')}",
    }
    if report.cuts:
        facts["cuts"] = ", ".join(f"frame {index}" for index in report.cuts[:12]) + (
            "" if len(report.cuts) <= 12 else ", ..."
        )
    return facts


def _count(tracks: int) -> str:
    return "1 track" if tracks == 1 else f"{tracks} tracks"


def _explain(mark: Mark) -> str:
    return f'<span class="key" style="background:{_COLOURS[mark]}"></span><b>{mark}</b>: {escape(_MEANINGS[mark])}'


def _make_track(track: Track, report: Report, thumbnails: Thumbnails) -> str:
    source = report.source
    times = f"{format_time(source.find_time(track.first))} to {format_time(source.find_time(track.last))}"
    counts = ", ".join(f"{count} {mark}" for mark in _MEANINGS if (count := track.count(mark)))
    score = f", best score {track.best_score:.2f}" if track.best_score else ""
    reason = f" Not covered: {track.reason}." if track.removed and track.reason else ""
    text = f"{times}, frames {track.first} to {track.last}: {counts}{score}.{reason}"
    pictures = "".join(_make_pictures(track, report, thumbnails))
    return (
        f'<section class="track{" removed" * track.removed}" id="track-{track.number}"><h3>Track {track.number}</h3>'
        f'{make_note(text)}{_make_bar(track, report)}<div class="pictures">{pictures}</div></section>'
    )


def _make_bar(track: Track, report: Report) -> str:
    """Return the marks over the length of the clip as a picture."""
    source, rows = report.source, []
    runs: list[tuple[Mark, int, int]] = []
    for index, spot in sorted(track.spots.items()):
        if runs and runs[-1][0] == spot.mark and runs[-1][2] == index - 1:
            runs[-1] = (spot.mark, runs[-1][1], index)
        else:
            runs.append((spot.mark, index, index))
    for mark, start, end in runs:
        rows.append(f'<rect class="{mark}" x="{start - source.first}" y="0" width="{end - start + 1}" height="1"/>')
    return (
        f'<svg class="bar" viewBox="0 0 {source.frames} 1" preserveAspectRatio="none" role="img" '
        f'aria-label="marks of track {track.number} over the clip">{"".join(rows)}</svg>'
    )


def _make_pictures(track: Track, report: Report, thumbnails: Thumbnails) -> Iterator[str]:
    chosen = choose_frames(track)
    for role in ROLES:
        image = thumbnails.faces.get((track.number, role))
        if role not in chosen or image is None:
            continue
        index = chosen[role]
        text = f"{role}: {track.spots[index].mark}, frame {index}, {format_time(report.source.find_time(index))}"
        tag = make_image_tag(_encode(image), f"track {track.number}, {text}", *image.shape[1::-1])
        yield f"<figure>{tag}<figcaption>{escape(text)}</figcaption></figure>"


def _make_overview(index: int, image: Image, report: Report) -> Element:
    caption = f"frame {index}, {format_time(report.source.find_time(index))}"
    width, height = image.shape[1], image.shape[0]
    return Element(make_image_tag(_encode(image), caption, width, height), caption, width, height)


def _encode(image: Image) -> str:
    # A page has many pictures, and this quality shows whether something is a face.
    _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return make_data_url(content.tobytes(), "image/jpeg")


def _explain_corrections(report: Report, report_path: str | None) -> str:
    name = escape(os.path.basename(report_path or "report.json"))
    source = escape(os.path.basename(report.source.path) or report.source.path)
    first = report.source.first
    return (
        "<h2>To correct it</h2><ol>"
        f"<li>Open <code>{name}</code> in an editor.</li>"
        '<li>To uncover what is no face, write <code>"removed": true</code> in its track.</li>'
        '<li>To cover a face that was missed, add an entry to <code>"added"</code>, with boxes in pixels of the frame:'
        f'<pre>"added": [{{"from": {first}, "to": {report.source.last}, "box": [100, 60, 40, 50]}},\n'
        f'          {{"from": {first}, "to": {report.source.last}, "boxes": {{"{first}": [100, 60, 40, 50], '
        f'"{report.source.last}": [180, 60, 40, 50]}}}}]</pre>'
        "With <code>boxes</code> the cover moves on a straight line from one key frame to the next.</li>"
        f"<li>Render again: <code>framechain anonymize {source} --edit {name}</code></li></ol>"
    )
