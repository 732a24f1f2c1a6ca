"""Files on the page in a real browser: what comes back is what `framechain FILE` makes."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from chromium import draw_number
from selenium.webdriver.support.select import Select
from served_page import ServedPage
from support.browser import Browser, needs_browser
from support.media import looped, see, write_clip
from support.patience import eventually
from support.visits import Visit

from framechain.cli.builders import make_replacement
from framechain.cli.program import main

pytestmark = [pytest.mark.slow, needs_browser]

RATE, FRAMES = 25, 12


@pytest.fixture(scope="module")
def short(scene: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of half a second, with an `&` in its name."""
    path = tmp_path_factory.mktemp("short") / "short & clip.mp4"
    write_clip(path, [draw_number(scene, number) for number in range(FRAMES)], rate=RATE)
    return path


def process(source: Path, output: Path, *options: str) -> Path:
    """Do on the command line what the page does."""
    assert main([str(source), "--output", str(output), *options], parts=[make_replacement]) == 0
    return output


def row(visit: Visit, name: str) -> str:
    return f"#jobs li:has([title='{name}'])"


def test_video_comes_back_as_the_command_line_makes_it(visit: Visit, short: Path, tmp_path: Path) -> None:
    visit.open()
    visit.choose_background("#00b140")
    visit.upload(short)
    job = visit.await_job("done", short.name)
    assert job["frames"] == FRAMES
    visit.browser.find(f"{row(visit, short.name)}[data-state=done]")
    visit.browser.click(f"{row(visit, short.name)} a[download]")
    made = see(visit.browser.await_download(".mp4"))
    wanted = see(process(short, tmp_path / "wanted.mp4", "--background", "#00b140"))
    assert made.count == wanted.count == FRAMES
    assert made.times == wanted.times
    for index in range(FRAMES):
        assert np.array_equal(made.bgr(index), wanted.bgr(index)), index
    # The command that the page shows is that of the server, and says what was done.
    visit.browser.click("#open-command")
    visit.browser.await_text("#command", short.name, "#00b140")
    shown = visit.browser.fetch("/api/command?input=" + "short%20%26%20clip.mp4")
    assert visit.browser.text("#command").strip() == shown["command"].strip()
    assert visit.browser.text("#python").strip() == shown["python"].strip()


def test_command_is_copied_as_the_server_says(visit: Visit) -> None:
    visit.browser.driver.execute_cdp_cmd(
        "Browser.setPermission",
        {"permission": {"name": "clipboard-write", "allowWithoutSanitization": False}, "setting": "granted"},
    )
    visit.open()
    visit.browser.set_range(visit.find_slider("Softness"), 0.3)
    eventually(lambda: visit.look()["values"].get("softness") == 0.3, "the look")
    visit.browser.before_scripts("")
    visit.browser.run(
        """window.copied = [];
        const write = navigator.clipboard.writeText.bind(navigator.clipboard);
        navigator.clipboard.writeText = (text) => { window.copied.push(text); return write(text); };"""
    )
    visit.browser.click("#open-command")
    for name in ("command", "python"):
        visit.browser.click(f"#copy-{name}")
    visit.browser.await_text("#copied", "Copied")
    shown = visit.browser.fetch("/api/command?input=clip.mp4")
    assert visit.browser.run("return window.copied") == [shown["command"], shown["python"]]
    assert "--softness 0.3" in shown["command"]


def test_picture_comes_back_and_is_compared(visit: Visit, samples: Path, tmp_path: Path) -> None:
    visit.open()
    visit.upload(samples / "portrait.jpg")
    visit.await_job("done", "portrait.jpg")
    name = row(visit, "portrait.jpg")
    visit.browser.click(f"{name} a[download]")
    saved = visit.browser.await_download("portrait_out.jpg")
    wanted = process(samples / "portrait.jpg", tmp_path / "wanted.jpg")
    assert np.array_equal(cv2.imread(str(saved)), cv2.imread(str(wanted)))
    visit.browser.click(f"{name} button[aria-label^=Compare]")
    visit.browser.find("#player img.after")
    for side, file in (("before", samples / "portrait.jpg"), ("after", wanted)):
        image = visit.browser.await_pixels(lambda pixels: pixels.size > 0, side, f"#player img.{side}")
        assert np.abs(image.astype(int) - cv2.imread(str(file))).mean() < 2
    visit.browser.set_range("#player-divider", 30)
    cut = visit.browser.run("return document.querySelector('#player img.before').style.clipPath")
    assert "70%" in cut


def test_dropped_files_are_processed_with_the_visitors_own_background(
    visit: Visit, samples: Path, tmp_path: Path
) -> None:
    visit.open()
    visit.browser.driver.find_element("id", "upload-background").send_keys(str(samples / "background.jpg"))
    eventually(lambda: visit.look()["background"].startswith("item:"), "the own background to be chosen")
    # The page itself is dropped on, anywhere, as a file manager does.
    script = """
    const [content, done] = arguments;
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], 'dropped.jpg', {type: 'image/jpeg'}));
    for (const name of ['dragenter', 'dragover', 'drop'])
      document.querySelector('h1').dispatchEvent(new DragEvent(name, {dataTransfer, bubbles: true, cancelable: true}));
    done();
    """
    content = base64.b64encode((samples / "portrait.jpg").read_bytes()).decode()
    visit.browser.driver.execute_async_script(script, content)
    visit.await_job("done", "dropped.jpg")
    visit.browser.click(f"{row(visit, 'dropped.jpg')} a[download]")
    saved = visit.browser.await_download("dropped_out.jpg")
    options = ("--background", str(samples / "background.jpg"))
    wanted = process(samples / "portrait.jpg", tmp_path / "wanted.jpg", *options)
    assert np.array_equal(cv2.imread(str(saved)), cv2.imread(str(wanted)))


def test_player_plays_before_and_after_in_step(visit: Visit, clip: Path) -> None:
    visit.open()
    visit.choose_background("#00b140")
    visit.upload(clip)
    visit.await_job("done", clip.name)
    visit.browser.click(f"{row(visit, clip.name)} button[aria-label^=Compare]")
    positions = """return ['after', 'before'].map((side) => {
      const video = document.querySelector(`#player video.${side}`);
      return video.readyState < 2 || video.seeking ? -1 : video.currentTime; });"""

    def together(limit: float, least: float) -> bool:
        after, before = visit.browser.run(positions)
        return min(after, before) >= least and abs(after - before) < limit

    eventually(lambda: together(0.04, 0), "both videos")
    visit.browser.set_range("#player-seek", 2.5)
    eventually(lambda: together(0.04, 2.4), "both at 2.5 s")
    visit.browser.click("#player-play")
    eventually(lambda: together(0.1, 3.0), "both to play on")
    Select(visit.browser.find("#player-rate")).select_by_value("2")
    visit.browser.click("#player-play")
    eventually(lambda: together(0.04, 3.0), "both to stand at the same place")


def test_upload_that_is_no_media_or_too_large_shows_its_sentence(
    browser: Browser, samples: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes((samples / "clip.mp4").read_bytes()[:20_000])
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(200_000))
    with ServedPage("--max-upload", "100000") as server:
        visit = Visit(browser, server)
        visit.open()
        visit.upload(broken, large)
        visit.await_job("failed", "broken.mp4")
        text = browser.await_text(f"{row(visit, 'broken.mp4')} .sentence", "broken.mp4")
        assert str(tmp_path) not in text
        assert "/" not in text.replace("broken.mp4", "")
        browser.await_text(f"{row(visit, 'large.jpg')} .sentence", "200 kB")
        # The server refuses it too, whatever a page thinks.
        browser.excuse("413")
        script = """
        const [name, size, done] = arguments;
        fetch(`/api/jobs?name=${name}`, {method: 'POST', body: new Uint8Array(size)})
          .then(async (answer) => done([answer.status, (await answer.json()).error]));
        """
        status, sentence = browser.driver.execute_async_script(script, "large.jpg", 200_000)
        assert status == 413
        assert "too large" in sentence


def test_job_is_cancelled_and_a_reload_keeps_the_others(
    visit: Visit, clip: Path, samples: Path, tmp_path: Path
) -> None:
    long = Path(looped(clip, tmp_path / "long.mp4", 20))
    visit.open()
    visit.upload(samples / "portrait.jpg", long)
    visit.await_job("done", "portrait.jpg")
    visit.await_job("running", "long.mp4")
    visit.open()  # A reload.
    visit.browser.find(f"{row(visit, 'portrait.jpg')}[data-state=done]")
    visit.browser.find(f"{row(visit, 'long.mp4')}[data-state=running]")
    visit.browser.click(f"{row(visit, 'long.mp4')} button[aria-label^=Cancel]")
    visit.await_job("cancelled", "long.mp4")
    visit.browser.find(f"{row(visit, 'long.mp4')}[data-state=cancelled]")
    visit.browser.click("#zip")
    with zipfile.ZipFile(io.BytesIO(visit.browser.await_download(".zip").read_bytes())) as archive:
        assert archive.namelist() == ["portrait_out.jpg"]
    visit.browser.click(f"{row(visit, 'portrait.jpg')} button[aria-label^=Remove]")
    eventually(lambda: [job["name"] for job in visit.jobs()] == ["long.mp4"], "the removal")
