"""Faces of single frames become tracks."""

from __future__ import annotations

from collections.abc import Sequence

from support.face_clips import SIDE, SIZE, place_face

from framechain.anonymizing.linking import Linker, join_faces
from framechain.anonymizing.tracks import Track
from framechain.anonymizing.window import Window, shrink_luma
from framechain.faces.box import Box
from framechain.faces.face import Face
from framechain.frame import Frame, make_image_info

Place = tuple[int, int]


def see_nothing(boxes: Sequence[Box], *, wide: bool = False) -> Sequence[Face]:
    return []


def link(
    places: Sequence[Place], seen: Sequence[Sequence[Face]], cuts: Sequence[int] = (), patience: int = 10
) -> list[Track]:
    """Link faces of frames that show a face at these places."""
    window = Window(20)
    linker = Linker(window, sure=0.6, patience=patience)
    for index, (place, faces) in enumerate(zip(places, seen, strict=True)):
        image = place_face(*place)
        is_cut = index in cuts
        window.add(index, shrink_luma(Frame(make_image_info("image", image), bgr=image)), SIZE[0], is_cut=is_cut)
        linker.step(index, SIZE, faces, see_nothing, is_cut=is_cut)
    return linker.tracks


def see(place: Place, score: float = 0.9) -> list[Face]:
    return [Face(*place, SIDE, SIDE, score)]


def mark(track: Track) -> str:
    return "".join(track.spots[index].mark[0] if index in track.spots else "." for index in range(track.last + 1))


PATH: list[Place] = [(60 + 4 * index, 80) for index in range(12)]


def test_linker_follows_a_face_that_the_detector_loses() -> None:
    (track,) = link(PATH, [[] if 4 <= at <= 8 else see(place) for at, place in enumerate(PATH)])
    assert mark(track) == "ddddtttttddd"
    for index, place in enumerate(PATH):
        assert abs(track.spots[index].box.x - place[0]) < 5


def test_linker_follows_a_face_back_to_before_it_was_seen() -> None:
    (track,) = link(PATH, [[] if at < 6 else see(place) for at, place in enumerate(PATH)])
    assert mark(track) == "ttttttdddddd"
    assert abs(track.spots[0].box.x - PATH[0][0]) < 6


def test_linker_links_nothing_across_a_cut() -> None:
    tracks = link(PATH, [see(place) for place in PATH], cuts=[6])
    assert [mark(track) for track in tracks] == ["dddddd", "......dddddd"]


def test_linker_keeps_two_faces_that_pass_each_other_apart() -> None:
    others = [(200 - 4 * index, 150) for index in range(12)]
    tracks = link(PATH, [see(one) + see(other) for one, other in zip(PATH, others, strict=True)])
    assert [mark(track) for track in tracks] == ["d" * 12] * 2
    assert [track.spots[11].box.y for track in tracks] == [80, 150]


def test_linker_gives_up_after_its_patience() -> None:
    places: list[Place] = [(60, 80)] * 4 + [(-100, 80)] * 8
    (track,) = link(places, [see(place) if at < 4 else [] for at, place in enumerate(places)], patience=3)
    assert track.last == 3


def test_linker_looks_again_at_what_it_lost() -> None:
    asked: list[tuple[int, bool]] = []

    def look(boxes: Sequence[Box], *, wide: bool = False) -> Sequence[Face]:
        asked.append((len(boxes), wide))
        return [Face(box.x, box.y, box.width, box.height, 0.4) for box in boxes] if wide else []

    window = Window(5)
    linker = Linker(window, sure=0.6, patience=5)
    for index in range(4):
        linker.step(index, SIZE, see((60, 80)) if index < 2 else [], look, is_cut=False)
    assert asked == [(1, False), (1, False), (1, True), (1, False), (1, True)]
    assert mark(linker.tracks[0]) == "dddd"


def test_join_faces_keeps_the_surest_of_one_place() -> None:
    faces = [
        Face(100, 100, 40, 40, 0.5),
        Face(104, 100, 40, 40, 0.8),
        Face(112, 112, 14, 14, 0.7),
        Face(10, 10, 40, 40, 0.3),
    ]
    assert [face.score for face in join_faces(faces)] == [0.8, 0.3]
