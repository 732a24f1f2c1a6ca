"""What a page asks a live run for: looks, keys, views; and what it is told of frames without a picture."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
from support.live_pages import CameraTrack, Page, blocks, calling, decode, encode, page, run, serving, visiting
from support.web_maker import Maker, Tint

from framechain import SKIP, FrameObject, Tunable
from framechain.pixels.image import Image
from framechain.web.live.jpeg import encode_jpeg
from framechain.web.look import Look

RED, GREEN, BLUE, GREY = (0, 0, 255), (0, 255, 0), (255, 0, 0), (128, 128, 128)
SCENE = blocks(RED, GREEN, BLUE, GREY)
SEEN = decode(encode(SCENE))


class Switch(FrameObject):
    """Adds `boost`, which the key + makes larger by 10."""

    keys: ClassVar = {"+": "brighter"}
    status = "learning"

    def __init__(self) -> None:
        self.boost = 0.0

    @property
    def tunables(self) -> Sequence[Tunable]:
        return (Tunable("boost", lambda: self.boost, self._set, 0, 100, 10),)

    def _set(self, boost: float) -> None:
        self.boost = boost

    def on_key(self, key: str) -> bool:
        self.boost += 10 * (key == "+")
        return key == "+"

    def __call__(self, frame: Image) -> Image:
        return np.clip(frame.astype(int) + int(self.boost), 0, 255).astype(np.uint8)


class Hide(FrameObject):
    """Hides the background: fails whenever it is told to, and is green otherwise."""

    hides_background = True

    def __init__(self) -> None:
        self.fails = False

    def __call__(self, frame: Image) -> Image:
        if self.fails:
            raise RuntimeError("no")
        return np.full_like(frame, GREEN)


class Find(FrameObject):
    """Finds a matte: the left half."""

    finds_alpha = True

    def __call__(self, frame: Image) -> Image:
        return frame

    def process_frame(self, frame: Any) -> Any:
        frame.matte_alpha = np.zeros(frame.size[::-1], np.uint8)
        frame.matte_alpha[:, : frame.size[0] // 2] = 255
        return frame


async def ask(opened: Page, counter: int, image: Image = SCENE) -> Image:
    """Return the picture of an image."""
    await opened.send(counter, image)
    picture = await opened.answer(counter)
    assert picture is not None
    return picture


async def ask_until(opened: Page, look: Callable[[Image], bool], image: Image = SCENE) -> Image:
    """Send images until the picture is as it should be: wishes are granted between two frames."""
    for counter in range(len(opened.frames) + 1000, 1 << 20):
        picture = await ask(opened, counter, image)
        if look(picture):
            return picture
    raise AssertionError


def shown(image: Image) -> Image:
    """Return an image as the page gets it."""
    return decode(encode_jpeg(image))


def is_near(picture: Image, expected: Image) -> bool:
    return picture.shape == expected.shape and float(np.abs(picture.astype(int) - expected).mean()) < 3


def test_look_of_the_page_changes_the_running_chain_and_a_reset_undoes_it() -> None:
    maker = Maker()

    async def check() -> None:
        async with serving(maker) as server, visiting(server) as client, page(client) as opened:
            assert np.array_equal(await ask(opened, 1), shown(255 - SEEN))
            (await client.post("/api/look", json={"values": {"level": 40}})).raise_for_status()
            await ask_until(opened, lambda picture: np.array_equal(picture, shown(Tint(40)(SEEN))))
            (await client.post("/api/look/reset", json={})).raise_for_status()
            await ask_until(opened, lambda picture: np.array_equal(picture, shown(255 - SEEN)))

    run(check)


def test_look_with_another_background_reaches_the_running_objects() -> None:
    maker = Maker()
    changed: list[tuple[Sequence[Any], Look]] = []
    maker.change_background = lambda objects, look: changed.append((objects, look))  # type: ignore[method-assign]

    async def check() -> None:
        async with serving(maker) as server, visiting(server) as client, page(client) as opened:
            await ask(opened, 1)
            (await client.post("/api/look", json={"background": "#102030"})).raise_for_status()
            await ask_until(opened, lambda picture: bool(changed))
            ((objects, look),) = changed
            assert look.background == "#102030"
            assert [type(thing) for thing in objects] == [Tint]

    run(check)


@pytest.mark.slow
def test_key_of_an_object_changes_its_value_and_the_look_that_the_page_is_told() -> None:
    async def check() -> None:
        async with serving(Maker(lambda: [Switch()])) as server, visiting(server) as client, page(client) as opened:
            await ask(opened, 1)
            await opened.say("key", key="+")
            await ask_until(opened, lambda picture: is_near(picture, 255 - np.clip(SEEN.astype(int) + 10, 0, 255)))
            told = await opened.message("look")
            assert told["look"]["values"] == {"boost": 10}
            state = await (await client.get("/api/state")).json()
            assert state["look"]["values"] == {"boost": 10}
            assert (await opened.message("stats"))["status"] == "learning"

    run(check)


def test_key_that_no_object_uses_changes_nothing() -> None:
    async def check() -> None:
        async with serving(Maker(lambda: [Switch()])) as server, visiting(server) as client, page(client) as opened:
            await opened.say("key", key="q")
            for counter in range(1, 5):
                await ask(opened, counter)
            assert {one["type"] for one in opened.messages} <= {"ready", "stats"}

    run(check)


def test_view_camera_matte_and_compare_show_the_same_moment() -> None:
    async def check() -> None:
        async with serving(Maker(lambda: [Find()])) as server, visiting(server) as client, page(client) as opened:
            assert np.array_equal(await ask(opened, 1), shown(255 - SEEN))
            await opened.say("view", view="camera")
            await ask_until(opened, lambda picture: np.array_equal(picture, shown(SEEN)))
            await opened.say("view", view="matte")
            matte = np.zeros_like(SEEN)
            matte[:, :160] = 255
            await ask_until(opened, lambda picture: is_near(picture, matte))
            await opened.say("view", view="compare")
            await ask_until(opened, lambda picture: picture.shape[0] == 480)
            for number in range(5, 9):
                image = np.roll(SCENE, 40 * number, axis=1)
                seen = decode(encode(image))
                assert np.array_equal(await ask(opened, number, image), shown(np.vstack([seen, 255 - seen])))

    run(check)


def test_view_matte_of_a_chain_without_one_says_so() -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, page(client) as opened:
            await opened.say("view", view="matte")
            picture = await ask_until(opened, lambda picture: not np.array_equal(picture, shown(255 - SEEN)))
            assert np.ptp(picture.astype(int), axis=2).max() < 8  # Grey, with white letters.
            assert picture.max() > 200
            assert np.median(picture) == 64

    run(check)


@pytest.mark.slow
def test_view_compare_by_webrtc_stacks_the_camera_above_the_result() -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, page(client, "webrtc") as opened:
            await opened.say("view", view="compare")
            async with calling(opened, CameraTrack(lambda number: SCENE)) as caller:
                await caller.until(lambda: len(caller.sizes) > 15 and caller.sizes[-1] == (320, 480))
                await asyncio.sleep(0.3)
                picture = caller.pictures[-1]
                assert is_near(picture[:240], SCENE)
                assert is_near(picture[240:], 255 - SCENE)
                await opened.say("view", view="result")
                await caller.until(lambda: caller.sizes[-1] == (320, 240))

    run(check)


def test_result_of_a_frame_that_fails_is_covered_and_only_the_view_of_the_camera_shows_it() -> None:
    hide = Hide()
    maker = Maker()
    maker.make_objects = lambda look: [hide]  # type: ignore[method-assign]
    fine = np.kron(np.random.default_rng(1).integers(0, 2, (120, 160, 1), np.uint8) * 255, np.ones((2, 2, 3), np.uint8))

    async def check() -> None:
        async with serving(maker) as server, visiting(server) as client, page(client) as opened:
            assert is_near(await ask(opened, 1, fine), np.full_like(fine, GREEN))
            hide.fails = True
            for counter in range(2, 6):
                # The fine pattern, of 0 and 255, is blurred beyond recognition.
                assert np.std((await ask(opened, counter, fine)).astype(float)) < 30
            await opened.say("view", view="compare")
            picture = await ask_until(opened, lambda picture: picture.shape[0] == 480, fine)
            assert is_near(picture[:240], decode(encode(fine)))
            assert np.std(picture[240:].astype(float)) < 30
            await opened.say("view", view="matte")
            await ask_until(opened, lambda picture: picture.shape[0] == 240, fine)

    run(check)


def test_frame_that_an_object_leaves_out_is_answered_without_a_picture() -> None:
    async def check() -> None:
        maker = Maker(lambda: [lambda frame, info: SKIP if info.index % 2 else frame])
        async with serving(maker) as server, visiting(server) as client, page(client) as opened:
            for counter in (1, 2, 3, 4):
                await opened.send(counter, SCENE)
                assert (await opened.answer(counter) is None) == (counter % 2 == 0)

    run(check)


@pytest.mark.parametrize("data", [b"", b"no JPEG", encode(SCENE)[:200], b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_image_that_cannot_be_read_is_answered_without_a_picture(data: bytes) -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, page(client) as opened:
            await ask(opened, 1)
            await opened.socket.send_bytes(struct.pack(">I", 2) + data)
            if data:
                assert await opened.answer(2) is None
            await ask(opened, 3)

    run(check)


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("{", "a message must be JSON"),
        ("[1]", 'a message must be an object with a "type"'),
        ('{"type": "view", "view": "nude"}', "the view must be one of result, camera, matte, compare"),
        ('{"type": "key", "key": "ab"}', "a key must be one character"),
        ('{"type": "fly"}', 'there is no message "fly"'),
        ('{"type": "offer", "sdp": "v=0"}', "this session was started with JPEG: an offer of WebRTC is of no use"),
        ('{"type": "offer", "sdp": 3}', 'an offer must have its "sdp"'),
    ],
)
def test_message_that_is_wrong_is_answered_with_a_sentence(message: str, sentence: str) -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, page(client) as opened:
            await opened.socket.send_str(message)
            assert (await opened.message("error"))["message"] == sentence

    run(check)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ({"transport": "pigeon"}, 'the transport must be "webrtc" or "jpeg"'),
        ({"transport": "jpeg", "source": "moon"}, 'the source must be "browser" or "server"'),
        ({"transport": "jpeg", "source": "server"}, "this server has no camera of its own: start with the browser's"),
        ({"transport": "jpeg", "width": 640}, "width and height must be whole numbers of at least 16"),
        ({"transport": "jpeg", "width": 1e9, "height": "a"}, "width and height must be whole numbers of at least 16"),
        ({"transport": "jpeg", "width": 10**9, "height": 99}, "the camera may have at most 16777216 pixels"),
    ],
)
def test_start_that_is_wrong_ends_the_session_with_a_sentence(start: dict[str, Any], sentence: str) -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, page(client, "") as opened:
            await opened.say("start", **start)
            assert (await opened.message("error"))["message"].startswith(sentence)
            assert (await opened.message("ended"))["reason"].startswith(sentence)
            await opened.until(lambda: opened.is_over)

    run(check)


@pytest.mark.parametrize(
    ("sdp", "sentence"),
    [
        ("v=0", "the offer must have one video, and has 0"),
        ("\r\n".join(["v=0", "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=setup:x"]), "the offer of the connection cannot be"),
        ("x" * 200_000, "the offer of the connection is too long"),
    ],
)
def test_offer_that_is_wrong_is_answered_with_a_sentence(sdp: str, sentence: str) -> None:
    async def check() -> None:
        async with serving() as server, visiting(server) as client, page(client, "webrtc") as opened:
            await opened.say("offer", sdp=sdp)
            assert (await opened.message("error"))["message"].startswith(sentence)

    run(check)


def test_object_that_hangs_ends_the_session_by_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framechain.run.chain_caller.LIVE_SECONDS", 0.3)

    def hang(frame: Image) -> Image:
        time.sleep(1)
        return frame

    async def check() -> None:
        async with serving(Maker(lambda: [hang])) as server, visiting(server) as client, page(client) as opened:
            await opened.send(1, SCENE)
            assert (await opened.message("ended"))[
                "reason"
            ] == "hang at frame 0 took longer than 0.3 s (object_timeout)"

    run(check)
