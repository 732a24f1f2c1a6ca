"""Makes the drawings of docs/how/: SVG whose lines and letters have the page's colour, so that both themes show them.

Run from the repository's root: `python docs/make_drawings.py`. The site puts them into its pages as they
are; elsewhere, such as on a forge, they follow the system's theme.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

OUT = Path(__file__).resolve().parent / "how"
# Of middling lightness, so that they are seen on white and on black.
BLUE, ORANGE, GREEN, GREY = "#3b82c4", "#d9822b", "#3d9a5f", "#8a8f98"
_STYLE = "svg{color:#222}@media(prefers-color-scheme:dark){svg{color:#ddd}}"


class Drawing:
    """An SVG that grows by boxes, arrows and text."""

    def __init__(self, width: int, height: int, title: str) -> None:
        """Begin with nothing but a title, which is read to those who do not see it."""
        self.size, self.title, self._parts = (width, height), title, [""]

    def box(self, x: float, y: float, w: float, h: float, text: str, color: str = GREY, fill: float = 0.14) -> None:
        """Draw a box with lines of text in its middle; the first line is bold."""
        self._parts.append(
            f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="6" fill="{color}" fill-opacity="{fill}" '
            f'stroke="{color}" stroke-width="1.5"/>'
        )
        lines = text.split("\n") if text else []
        for number, line in enumerate(lines):
            top = y + h / 2 + 4.5 + 17 * (number - (len(lines) - 1) / 2)
            self.text(x + w / 2, top, line, bold=number == 0)

    def text(
        self,
        x: float,
        y: float,
        line: str,
        *,
        bold: bool = False,
        anchor: str = "middle",
        size: float = 13,
        color: str = "",
    ) -> None:
        """Write one line."""
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{color or "currentColor"}"{weight}>'
            f"{escape(line)}</text>"
        )

    def arrow(self, *points: tuple[float, float], color: str = "currentColor", dashed: bool = False) -> None:
        """Draw a line through points, with a tip at the last one."""
        path = " ".join(f"{'ML'[number > 0]}{x} {y}" for number, (x, y) in enumerate(points))
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self._parts.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.5"{dash}/>')
        (x0, y0), (x1, y1) = points[-2:]
        dx, dy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
        left, right = (x1 - 8 * dx + 4 * dy, y1 - 8 * dy + 4 * dx), (x1 - 8 * dx - 4 * dy, y1 - 8 * dy - 4 * dx)
        tip = " ".join(f"{x},{y}" for x, y in (left, (x1, y1), right))
        self._parts.append(f'<polygon points="{tip}" fill="{color}"/>')

    def line(self, x0: float, y0: float, x1: float, y1: float, color: str = "currentColor", width: float = 1.5) -> None:
        """Draw a line."""
        self._parts.append(f'<path d="M{x0} {y0} L{x1} {y1}" stroke="{color}" stroke-width="{width}"/>')

    def shape(self, path: str, color: str, fill: float = 0.35) -> None:
        """Draw a filled outline."""
        self._parts.append(
            f'<path d="{path}" fill="{color}" fill-opacity="{fill}" stroke="{color}" stroke-width="1.5"/>'
        )

    def save(self, name: str) -> None:
        """Write the file."""
        width, height = self.size
        text = "\n".join(self._parts)
        (OUT / f"{name}.svg").write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" font-family="sans-serif">\n<title>{escape(self.title)}</title>\n<style>{_STYLE}</style>'
            f"{text}\n</svg>\n",
            encoding="utf-8",
        )


def draw_frame() -> None:
    """The way of a frame, and the threads that carry it."""
    d = Drawing(
        760,
        300,
        "A frame goes from the source through the chain to the sinks; three threads carry it; audio goes past",
    )
    for x, w, name in ((10, 220, "reader's thread"), (245, 300, "caller's thread"), (560, 190, "writer's thread")):
        d.box(x, 34, w, 170, "", GREY, 0.05)
        d.text(x + w / 2, 26, name, size=12)
    d.box(25, 60, 90, 60, "source\ndecodes", BLUE)
    d.box(130, 60, 85, 60, "matte\nlooks ahead", ORANGE)
    d.box(260, 60, 80, 60, "object 1", GREEN)
    d.box(355, 60, 80, 60, "object 2", GREEN)
    d.box(450, 60, 80, 60, "object 3", GREEN)
    d.box(575, 60, 160, 60, "file\nencodes", BLUE)
    d.box(575, 135, 160, 55, "your own sink", BLUE)
    d.box(355, 135, 175, 55, "window\nonly for a camera or show", GREY)
    d.arrow((115, 90), (130, 90))
    d.arrow((215, 90), (260, 90))
    d.arrow((340, 90), (355, 90))
    d.arrow((435, 90), (450, 90))
    d.arrow((530, 90), (575, 90))
    d.arrow((552, 90), (552, 162), (575, 162))
    d.arrow((490, 120), (490, 135))
    d.arrow((70, 120), (70, 250), (655, 250), (655, 192), color=ORANGE)
    d.text(362, 243, "audio packets and time stamps go past the chain, unchanged", color=ORANGE)
    d.text(
        362,
        285,
        "Between the threads stand short queues: the slowest stage sets the pace, and memory does not grow.",
        size=12,
    )
    d.save("frame")


def draw_planes() -> None:
    """What a decoder gives, beside what OpenCV has."""
    d = Drawing(
        760,
        330,
        "One frame of 1280x720 takes 1.4 MB as planes, 2.8 MB as BGR, and converting costs time",
    )
    d.text(140, 24, "what a decoder gives: planes", bold=True)
    d.box(30, 40, 160, 90, "Y\n1280 x 720", GREY)
    d.box(200, 40, 80, 45, "U\n640 x 360", BLUE)
    d.box(200, 95, 80, 45, "V\n640 x 360", ORANGE)
    d.text(155, 165, "1.5 bytes for each pixel: 1.4 MB")
    d.text(580, 24, "what OpenCV has: BGR", bold=True)
    for number, (name, color) in enumerate((("B", BLUE), ("G", GREEN), ("R", ORANGE))):
        d.box(480 + 22 * number, 36 + 18 * number, 160, 90, "" if number < 2 else "R\n1280 x 720", color, 0.25)
        d.text(490 + 22 * number, 50 + 18 * number, name, size=11)
    d.text(580, 190, "3 bytes for each pixel: 2.8 MB")
    d.arrow((300, 75), (465, 75))
    d.text(382, 67, "colours are computed", size=12)
    d.arrow((465, 115), (300, 115))
    d.text(382, 133, "and computed back", size=12)
    for x, name, color in (
        (30, "decoder", BLUE),
        (165, "matte", ORANGE),
        (300, "composite", GREEN),
        (435, "effect", GREEN),
        (570, "encoder", BLUE),
    ):
        d.box(x, 225, 110, 45, name, color)
        if x < 570:
            d.arrow((x + 110, 247), (x + 135, 247))
    d.text(
        380,
        300,
        "A chain of framechain's own objects stays in planes from end to end. The first object that wants BGR",
        size=12,
    )
    d.text(380, 318, "costs both conversions, once: the objects after it find the frame in BGR.", size=12)
    d.save("planes")


def draw_matte() -> None:
    """From a frame to a composite."""
    d = Drawing(
        760,
        330,
        "The crop around the person goes to the model; its small answer is held steady and becomes alpha",
    )
    body = "M{0} {1} m-14 60 v-18 q0 -14 14 -14 q14 0 14 14 v18 z "
    person = body + "M{0} {1} m0 26 m-10 -10 a10 10 0 1 0 20 0 a10 10 0 1 0 -20 0 z"
    steps = (
        (10, "the frame", "any size"),
        (165, "the crop", "follows the people"),
        (320, "the model", "256 x 256"),
        (475, "confidence", "held steady"),
        (630, "alpha", "edges of the image"),
    )
    for number, (x, name, about) in enumerate(steps):
        d.box(x, 40, 120, 90, "", (BLUE, BLUE, ORANGE, GREY, GREY)[number], 0.1)
        d.text(x + 60, 30, name, bold=True)
        d.text(x + 60, 150, about, size=12)
        if number < 4:
            d.arrow((x + 120, 85), (x + 155, 85))
    d.shape(person.format(70, 60), BLUE)
    d._parts.append(f'<rect x="190" y="48" width="70" height="78" fill="none" stroke="{BLUE}" stroke-dasharray="4 3"/>')
    d.shape(person.format(225, 60), BLUE)
    for row in range(4):
        for column in range(4):
            inside = 1 <= column <= 2
            d._parts.append(
                f'<rect x="{352 + 14 * column}" y="{58 + 14 * row}" width="13" height="13" fill="{ORANGE}" '
                f'fill-opacity="{0.75 if inside else 0.15}"/>'
            )
    d.shape(person.format(535, 60), GREY, 0.5)
    d.shape(person.format(690, 60), "currentColor", 0.8)
    d.box(60, 205, 150, 50, "frame x alpha", BLUE)
    d.box(305, 205, 190, 50, "background x (1 - alpha)", GREEN)
    d.box(590, 205, 120, 50, "the result", ORANGE)
    d.text(257, 236, "+", bold=True, size=20)
    d.arrow((495, 230), (590, 230))
    d.arrow((690, 158), (690, 178), (135, 178), (135, 205))
    d.arrow((400, 178), (400, 205))
    d.text(
        380,
        290,
        "Where alpha is between 0 and 1 the old background's colour is removed first, so that no fringe is left.",
        size=12,
    )
    d.text(380, 310, "What the model is sure to be background has alpha 0, whatever the settings are.", size=12)
    d.save("matte")


def draw_time() -> None:
    """Frames of a variable rate beside a loop that counts."""
    d = Drawing(
        760,
        320,
        "Frames of a phone come at uneven times; a loop with a constant rate moves them, framechain keeps them",
    )
    uneven = (0, 1, 2, 3, 4, 6, 8, 10, 11, 12, 13)
    rows = (
        (50, "a phone's clip", uneven, GREY),
        (120, "a loop at a constant rate", tuple(range(11)), ORANGE),
        (190, "framechain", uneven, BLUE),
    )
    for y, name, times, color in rows:
        d.text(10, y + 15, name, anchor="start", bold=True)
        d.line(190, y + 30, 745, y + 30)
        for time in times:
            d.box(190 + 40 * time, y, 26, 24, "", color, 0.4)
    d.text(190, 30, "frames, each at its presentation time (pts)", anchor="start", size=12)
    d.box(190, 250, 546, 24, "sound: its packets are copied, not decoded", GREEN, 0.2)
    d.text(10, 267, "sound", anchor="start", bold=True)
    d.arrow((636, 137), (700, 137), color=ORANGE)
    d.text(668, 130, "too early", size=12, color=ORANGE)
    d.text(
        380,
        305,
        "Time is counted in ticks of the source's time base, such as 1/90000 s, as whole numbers: nothing is rounded.",
        size=12,
    )
    d.save("time")


if __name__ == "__main__":
    for draw in (draw_frame, draw_planes, draw_matte, draw_time):
        draw()
