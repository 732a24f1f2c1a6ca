"""What keeps the room from being shown: made rooms and people, so that every pixel's truth is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from framechain.mattes.leak_guard import LeakGuard, RoomMemory

Bytes = NDArray[np.uint8]
HEIGHT, WIDTH = 120, 200
PERSON = 20, 60, 220  # A colour that the room, which is blueish, does not have.


def make_room(seed: int = 1) -> Bytes:
    """A blueish room with soft structure."""
    noise = np.random.default_rng(seed).integers(0, 256, (HEIGHT // 10, WIDTH // 10, 3), np.uint8)
    soft = cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(soft * (0.5, 0.3, 0.2) + (90, 60, 20), np.uint8)


def make_person(left: int, width: int = 60, top: int = 20) -> Bytes:
    """The true alpha of a person: a box down to the frame's bottom."""
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[top:, max(0, left) : max(0, left + width)] = 255
    return alpha


def take_frame(alpha: Bytes, room: Bytes | None = None) -> Bytes:
    return np.where(alpha[..., None] > 0, PERSON, make_room() if room is None else room).astype(np.uint8)


def widen(alpha: Bytes, pixels: int) -> Bytes:
    return np.asarray(cv2.dilate(alpha, np.ones((2 * pixels + 1,) * 2, np.uint8)), np.uint8)


def run(guard: LeakGuard, truths: list[Bytes], error: int = 0) -> list[Bytes]:
    """The guard's answers for a matte that is too wide by some pixels."""
    return [guard(widen(truth, error), take_frame(truth)) for truth in truths]


def test_leak_guard_first_frame_has_no_foreground() -> None:
    guard = LeakGuard()
    first, second = run(guard, [make_person(70)] * 2)
    assert not first.any()
    assert second[60, 100] == 255


def test_leak_guard_any_frame_is_never_above_the_matte() -> None:
    guard = LeakGuard()
    rng = np.random.default_rng(2)
    for index in range(12):
        truth = make_person(40 + 5 * index)
        alpha = np.minimum(truth, rng.integers(0, 256, truth.shape, np.uint8))
        assert (guard(alpha, take_frame(truth)) <= alpha).all()


def test_leak_guard_unknown_room_moves_the_edge_inwards_with_the_persons_size() -> None:
    losses = []
    for width in (40, 90):
        guard = LeakGuard()
        truth = make_person(50, width)
        row = run(guard, [truth] * 2)[-1][80]
        losses.append(width - int(np.count_nonzero(row > 127)))
    assert losses[0] >= 1
    assert losses[1] > losses[0]


def test_leak_guard_known_room_at_the_edge_is_removed_and_the_person_stays() -> None:
    guard = LeakGuard()
    # The person walks over a part of the room that was seen; the matte is too wide by 8 pixels.
    truths = [make_person(left) for left in (-60, -60, -60, *range(-40, 71, 10), 70, 70)]
    shown = run(guard, truths, error=8)[-1] > 127
    person = truths[-1] > 0
    assert not (shown & ~person).any()
    assert np.count_nonzero(shown & person) > 0.95 * np.count_nonzero(person)


def test_leak_guard_room_seen_through_a_gap_is_not_shown() -> None:
    guard = LeakGuard()
    truth = make_person(70)
    truth[60:, 80:88] = 0  # A gap between arm and body, which the matte fills.
    filled = make_person(70)
    nobody = np.zeros_like(truth)
    for _ in range(3):
        guard(nobody, take_frame(nobody))
    for _ in range(3):
        shown = guard(filled, take_frame(truth))
    assert shown[70:110, 80:88].max() == 0
    assert shown[70:110, 92:125].min() == 255


def test_leak_guard_person_who_fills_the_frame_at_once_has_gaps_removed() -> None:
    guard = LeakGuard()
    nobody, near = np.zeros((HEIGHT, WIDTH), np.uint8), make_person(0, 12, 100)
    filled = make_person(0, 120, 10)
    truth = filled.copy()
    truth[60:, 80:88] = 0
    for alpha in (nobody, nobody, nobody, near, near):
        guard(alpha, take_frame(alpha))
    for _ in range(2):
        shown = guard(filled, take_frame(truth))
    assert shown[60:110, 80:88].max() == 0
    assert shown[60:110, 30:70].min() == 255


def test_leak_guard_colour_of_the_room_deep_inside_the_person_stays() -> None:
    guard = LeakGuard()
    nobody, truth = np.zeros((HEIGHT, WIDTH), np.uint8), make_person(50, 100)
    for _ in range(3):
        guard(nobody, take_frame(nobody))
    frame = take_frame(truth)
    frame[65:75, 92:108] = make_room()[65:75, 92:108]  # A shirt's print that looks just like the room.
    guard(truth, frame)
    assert (guard(truth, frame)[65:75, 92:108] == 255).all()


def test_leak_guard_new_foreground_needs_two_frames() -> None:
    guard = LeakGuard()
    truth = make_person(30, 50)
    both = np.maximum(truth, make_person(150, 12, 90))
    run(guard, [truth] * 4)
    first = guard(both, take_frame(truth))  # What the matte finds there looks like the room before it is learnt.
    assert first[:, 150:].max() == 0
    stranger = take_frame(both)
    assert guard(truth, stranger)[:, 150:].max() == 0
    assert guard(both, stranger)[:, 150:].max() == 0
    assert guard(both, stranger)[100:, 155].min() == 255


@pytest.mark.parametrize("step", [10, 80])
def test_leak_guard_motion_is_covered_only_if_it_is_too_fast(step: int) -> None:
    guard = LeakGuard()
    run(guard, [make_person(40)] * 3)
    moved = guard(make_person(40 + step), take_frame(make_person(40 + step)))
    assert bool(moved.any()) == (step == 10)


def test_leak_guard_after_fast_motion_shows_the_person_again() -> None:
    guard = LeakGuard()
    run(guard, [make_person(20)] * 3)
    fast, rest = run(guard, [make_person(110)] * 2)
    assert not fast.any()
    assert rest[80, 140] == 255


def test_leak_guard_scene_cut_is_covered_and_the_old_room_is_forgotten() -> None:
    guard = LeakGuard()
    truth, other = make_person(70), 255 - make_room()
    run(guard, [truth] * 5)
    assert not guard(truth, take_frame(truth, other)).any()
    assert guard(truth, take_frame(truth, other))[80, 100] == 255


def test_leak_guard_light_changes_faster_than_it_is_learnt_is_covered_once() -> None:
    guard = LeakGuard()
    truth = make_person(70)
    shown = []
    for brighter in (0, 0, 0, 0, 10, 20, 20, 20):  # Each step is too small for a cut.
        room = make_room() + np.uint8(brighter)
        shown.append(bool(guard(truth, take_frame(truth, room)).any()))
    assert shown == [False, True, True, True, True, False, True, True]


def test_leak_guard_camera_that_drifts_moves_the_edge_inwards_everywhere() -> None:
    truth = make_person(60, 90)
    noise = np.random.default_rng(6).integers(0, 256, (HEIGHT // 20, WIDTH // 10, 3), np.uint8)
    wide = cv2.resize(noise, (2 * WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR) // 3
    widths = {}
    for speed in (0, 1):
        guard = LeakGuard()
        for index in range(24):
            moved = np.asarray(wide[:, speed * index : speed * index + WIDTH] + np.uint8(20), np.uint8)
            alpha = truth if index >= 12 else np.zeros_like(truth)  # The room is known when the person comes.
            shown = guard(alpha, take_frame(alpha, moved))
        widths[speed] = np.count_nonzero(shown[80] > 127)
    assert widths[0] == 90
    assert widths[1] < 90


def test_leak_guard_other_size_starts_again() -> None:
    guard = LeakGuard()
    truth = make_person(70)
    run(guard, [truth] * 3)
    small = np.ascontiguousarray(truth[::2, ::2])
    image = np.ascontiguousarray(take_frame(truth)[::2, ::2])
    assert not guard(small, image).any()
    assert guard(small, image).any()


def test_leak_guard_image_drawn_on_later_is_not_taken_for_a_change() -> None:
    guard = LeakGuard()
    truth = make_person(70)
    for _ in range(3):
        frame = take_frame(truth)
        shown = guard(truth, frame)
        frame[:] = 255  # A later object draws on the frame that the guard was given.
    assert shown[80, 100] == 255


def test_tighten_image_moves_the_edge_inwards_only() -> None:
    truth = make_person(50, 90)
    tight = LeakGuard().tighten_image(truth)
    assert (tight <= truth).all()
    assert tight[80, 50] == 0
    assert tight[80, 95] == 255
    assert not LeakGuard().tighten_image(np.zeros_like(truth)).any()


def test_room_memory_slow_light_is_followed() -> None:
    memory, clear, nothing = RoomMemory(), np.full((4, 6), 255, np.uint8), np.zeros((4, 6), np.uint8)
    for level in range(100, 180):
        image = np.full((4, 6, 3), level, np.uint8)
        like, other = memory.compare(image)
        assert not other.any()
        assert level == 100 or like.all()
        memory.learn(image, clear, other)
    assert memory.compare(np.full((4, 6, 3), 100, np.uint8))[0].max() == 0
    memory.reset()
    assert not memory.compare(image)[0].any()
    assert memory.measure_change(nothing, clear) == 0


def test_room_memory_thing_that_was_put_there_is_learnt_after_some_frames() -> None:
    memory, clear = RoomMemory(), np.full((8, 8), 255, np.uint8)
    before, after = np.full((8, 8, 3), 50, np.uint8), np.full((8, 8, 3), 50, np.uint8)
    after[2:6, 2:6] = 200
    for _ in range(3):
        memory.learn(before, clear, memory.compare(before)[1])
    learnt = []
    for _ in range(8):
        like, other = memory.compare(after)
        learnt.append(bool(like[3, 3]))
        assert bool(other[3, 3]) != learnt[-1]
        memory.learn(after, clear, other)
    assert learnt == [False] * 5 + [True] * 3


def test_room_memory_hidden_part_is_unknown() -> None:
    memory, clear = RoomMemory(), np.full((8, 8), 255, np.uint8)
    clear[:, 4:] = 0
    room = np.full((8, 8, 3), 50, np.uint8)
    memory.learn(room, clear, np.zeros((8, 8), np.uint8))
    for image in (room, room + 100):
        like, other = memory.compare(np.asarray(image, np.uint8))
        assert not like[:, 4:].any()
        assert not other[:, 4:].any()
