"""Tracks: gaps are filled, ends are extended, and one face is one track."""

from __future__ import annotations

import pytest

from framechain.anonymizing.tracks import Mark, Spot, Track, extend, fill_gaps, join_tracks, trim, widen
from framechain.faces.box import Box


def make_track(places: dict[int, float], mark: Mark = "detected", score: float = 0.9) -> Track:
    return Track(spots={index: Spot(Box(x, 50, 20, 20), mark, score) for index, x in places.items()})


def test_fill_gaps_puts_boxes_on_the_line_between_neighbours() -> None:
    track = make_track({0: 100, 10: 200})
    fill_gaps(track)
    assert list(track.spots) == list(range(11))
    assert {spot.mark for index, spot in track.spots.items() if 0 < index < 10} == {"filled"}
    assert track.spots[5].box.centre == (160, 60)
    assert track.spots[5].box.side > track.spots[1].box.side > 20


def test_extend_follows_the_motion_and_stays_in_the_scene() -> None:
    track = make_track({index: 100 + 3 * index for index in range(5, 10)})
    extend(track, 3, (4, 11), (640, 360))
    assert list(track.spots) == list(range(4, 12))
    assert [round(track.spots[index].box.centre[0]) for index in (4, 11)] == [122, 143]
    assert {track.spots[index].mark for index in (4, 10, 11)} == {"filled"}


def test_extend_of_a_face_that_leaves_the_frame_ends_there() -> None:
    track = make_track({0: 600, 1: 620})
    extend(track, 5, (0, 9), (640, 360))
    assert list(track.spots) == [0, 1]


def test_join_tracks_across_a_short_gap_is_one_face() -> None:
    first, second = make_track({0: 100, 1: 102}), make_track({12: 110, 13: 112})
    (joined,) = join_tracks([second, first], [], patience=25, size=(640, 360))
    assert list(joined.spots) == [0, 1, 12, 13]


def test_join_tracks_across_a_cut_are_two_faces() -> None:
    tracks = [make_track({0: 100, 1: 102}), make_track({12: 110, 13: 112})]
    assert len(join_tracks(tracks, [12], patience=25, size=(640, 360))) == 2


def test_join_tracks_far_apart_are_two_faces() -> None:
    assert len(join_tracks([make_track({0: 100}), make_track({3: 200})], [], patience=25, size=(640, 360))) == 2
    assert len(join_tracks([make_track({0: 100}), make_track({40: 100})], [], patience=25, size=(640, 360))) == 2


def test_join_tracks_of_a_face_that_left_the_frame_are_two() -> None:
    places = [{0: 610, 1: 625}, {13: 625, 14: 610}]
    assert len(join_tracks([make_track(place) for place in places], [], patience=25, size=(640, 360))) == 2
    assert len(join_tracks([make_track(place) for place in places], [], patience=60, size=(640, 360))) == 1


def test_join_tracks_beside_each_other_keeps_the_surer_boxes() -> None:
    (joined,) = join_tracks(
        [make_track({0: 100, 1: 100}, score=0.5), make_track({1: 104, 2: 104})], [], patience=25, size=(640, 360)
    )
    assert [joined.spots[index].box.x for index in (0, 1, 2)] == [100, 104, 104]


def test_trim_keeps_what_is_near_a_detection() -> None:
    track = make_track(dict.fromkeys(range(20), 100), "tracked")
    track.spots[10] = Spot(Box(100, 50, 20, 20), "detected", 0.9)
    trim(track, 3)
    assert list(track.spots) == list(range(7, 14))


def test_trim_by_a_level_drops_what_is_never_clear() -> None:
    track = make_track(dict.fromkeys(range(40), 100.0), score=0.3)
    for index in range(20, 25):
        track.spots[index] = Spot(Box(100, 50, 20, 20), "detected", 0.8)
    assert track.list_clear(0.7) == list(range(20, 25))
    trim(track, 4, 0.7)
    assert list(track.spots) == list(range(16, 29))


def test_widen_makes_uncertain_boxes_larger() -> None:
    track = make_track({0: 100})
    track.spots[1], track.spots[2] = (
        Spot(Box(100, 50, 20, 20), "detected", 0.3),
        Spot(Box(100, 50, 20, 20), "tracked", 0.9),
    )
    track.spots[3] = Spot(Box(-50, 50, 20, 20), "detected", 0.9)
    widen(track, (640, 360))
    sides = [spot.box.side for spot in track.spots.values()]
    assert sides[0] == 20
    assert sides[1] > 24
    assert sides[2] > 23
    assert sides[3] > 26
    assert [spot.box.centre[0] for spot in track.spots.values()] == [110, 110, 110, 0]


def test_find_strength_of_what_is_seen_now_and_then_is_low() -> None:
    steady, doubtful = (
        make_track(dict.fromkeys(range(20), 100.0)),
        make_track(dict.fromkeys(range(0, 20, 3), 100.0), score=0.7),
    )
    assert steady.find_strength() > 0.89
    assert doubtful.find_strength() == pytest.approx(0.5)


def test_find_strength_of_fewer_frames_needs_better_scores() -> None:
    for frames, score, strength in ((4, 0.7, 0.7), (3, 0.7, 0.62), (2, 0.9, 0.82), (1, 0.9, 0.7)):
        track = make_track(dict.fromkeys(range(frames), 100.0), score=score)
        track.spots[6] = Spot(Box(100, 50, 20, 20), "tracked", 0.9)
        assert track.find_strength() == pytest.approx(strength)


def test_find_weakest_prefers_what_was_not_seen() -> None:
    track = make_track(dict.fromkeys(range(5), 100.0))
    assert Track.find_weakest(track) in track.spots
    track.spots[3] = Spot(Box(100, 50, 20, 20), "tracked", 0.99)
    assert track.find_weakest() == 3
