"""Who is in the picture."""

from __future__ import annotations

from collections.abc import Sequence

from support.moving_faces import make_face, make_frames

from framechain.faces import Face
from framechain.faces.detector import TILE_SIDES
from framechain.faces.tiles import make_tiles, make_whole
from framechain.framing.composition import Limits
from framechain.framing.watch import Watch

LIMITS = Limits(640, 360, 16 / 9, 0.22, 1, 3)
ONE, OTHER = make_face(200, 100, 50), make_face(400, 120, 40)


class Script:
    """Finds what is written for each look; the last line stays."""

    def __init__(self, *looks: Sequence[Face]) -> None:
        self.looks = list(looks)
        self.regions: list[object] = []

    def detect(self, frame: object, regions: object = None) -> Sequence[Face]:
        self.regions.append(regions)
        return self.looks[min(len(self.regions), len(self.looks)) - 1]

    def close(self) -> None:
        """Nothing is held."""


def watch(*looks: Sequence[Face], group: bool = True, limits: Limits = LIMITS, count: int = 0) -> list[list[float]]:
    """Return x of the people that are shown after each look, an eighth of a second apart."""
    watching, shown = Watch(Script(*looks), group=group), []
    frame = next(iter(make_frames(1, 640, 360)))
    for number in range(count or len(looks)):
        assert watching.look(frame, number / 8)
        shown.append([round(one.eyes[0]) for one in watching.find_subjects(limits)])
    return shown


def test_watch_looks_some_eight_times_a_second_and_in_each_tile_in_turn() -> None:
    script = Script([])
    watching = Watch(script, group=True)
    looked = [watching.look(frame, frame.info.time) for frame in make_frames(25, 640, 360)]
    assert sum(looked) == len(script.regions) == 9
    whole = make_whole(640, 360)
    tiles = {region for regions in script.regions for region in regions if region != whole}  # type: ignore[attr-defined]
    assert all(whole in regions for regions in script.regions)  # type: ignore[operator]
    assert tiles == set(make_tiles(640, 360, TILE_SIDES[0]))


def test_watch_shows_who_is_there_first_and_whoever_comes_when_seen_twice() -> None:
    both = [ONE, OTHER]
    assert watch([ONE], both, both, [ONE]) == [[200], [200], [200, 400], [200, 400]]
    assert watch([ONE], both, [ONE], [ONE], [ONE], both, [ONE]) == [[200]] * 7


def test_watch_takes_no_doubtful_face_but_keeps_one_that_becomes_doubtful() -> None:
    doubtful = [make_face(200, 100, 50, score=0.5)]
    assert watch([], doubtful, doubtful, doubtful) == [[]] * 4
    assert watch([ONE], *[doubtful] * 20)[-1] == [200]


def test_watch_waits_for_who_is_not_seen_and_then_forgets() -> None:
    shown = watch([ONE], [], count=20)
    assert shown[:15] == [[200]] * 15
    assert shown[-2:] == [[], []]


def test_watch_of_one_stays_with_the_largest_at_first_until_that_one_is_gone() -> None:
    larger = make_face(400, 120, 70)
    shown = watch([ONE, OTHER], *[[ONE, larger]] * 3, [larger], count=10, group=False)
    assert shown[:4] == [[200]] * 4
    assert shown[-1] == [400]


def test_watch_of_a_group_that_is_too_wide_stays_with_some() -> None:
    tall = Limits(640, 360, 9 / 16, 0.22, 1, 1)
    growing = [[ONE, make_face(400, 120, 40 + 3 * number)] for number in range(8)]
    assert watch(*growing, limits=tall) == [[200]] * 8
    assert watch(*growing)[-1] == [200, 400]
