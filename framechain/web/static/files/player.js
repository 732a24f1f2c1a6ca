/** The player: a file before and after, in step, with a divider between. */

import { Divider } from "../common/divider.js";
import { find, formatPosition, make, setText } from "../common/dom.js";

/** Seconds by which the original may differ from the result: less is even, more is caught up, far more is jumped. */
const EVEN = 0.012;
const FAR = 0.5;
/** The same while both stand still. */
const STILL = 0.001;
/** The share of a difference that the original makes up for in a second, by playing faster or slower. */
const CATCHING_UP = 4;
/** Milliseconds to wait for the original's data. */
const PATIENCE = 2000;

export class Player {
  constructor() {
    /** @type {HTMLDialogElement} */
    this._dialog = find("player");
    this._stage = find("player-stage");
    this._seek = find("player-seek");
    this._play = find("player-play");
    this._rate = find("player-rate");
    /** @type {any} The elements of the result and the original; the result is the clock. */
    this._after = null;
    this._before = null;
    this._divider = new Divider(find("player-split"), (share) => this._cut(share));
    find("close-player").addEventListener("click", () => this._dialog.close());
    this._dialog.addEventListener("close", () => this._clear());
    this._play.addEventListener("click", () => this._toggle());
    this._seek.addEventListener("input", () => this._jump(this._seek.valueAsNumber));
    this._rate.addEventListener("change", () => this._follow());
    this._dialog.addEventListener("keydown", (event) => this._takeKey(event));
  }

  /**
   * Show a job that is done.
   * @param {any} job
   */
  open(job) {
    this._clear();
    const isVideo = job.kind === "video";
    setText(find("player-heading"), job.name);
    find("player-controls").hidden = !isVideo;
    this._after = this._makeMedia(isVideo, job.result.url, "after");
    this._stage.prepend(this._after);
    if (job.playable) {
      this._before = this._makeMedia(isVideo, job.original, "before");
      // The sound is that of the result; twice would be an echo.
      if (isVideo) this._before.muted = true;
      this._before.addEventListener("error", () => this._showAlone(), { once: true });
      this._after.after(this._before);
      this._divider.visible = true;
      this._divider.update();
      setText(find("player-note"), "");
    } else this._showAlone();
    this._dialog.showModal();
    if (isVideo) {
      this._begin();
      // Not the first button, which closes: the space bar shall play.
      this._play.focus();
    }
  }

  /** Show the result without the original. */
  _showAlone() {
    this._before?.remove();
    this._before = null;
    this._divider.visible = false;
    this._cut(0);
    setText(find("player-note"), "Only the result is shown: browsers cannot play the original.");
  }

  _makeMedia(isVideo, url, side) {
    const name = side === "after" ? "The result" : "The original";
    const properties = isVideo ? { playsInline: true, preload: "auto", "aria-label": name } : { alt: name };
    const media = make(isVideo ? "video" : "img", { ...properties, src: url, className: side });
    if (side === "after") {
      const fit = () => {
        const [width, height] = isVideo ? [media.videoWidth, media.videoHeight] : [media.naturalWidth, media.naturalHeight];
        if (width) this._stage.style.setProperty("--ratio", String(width / height));
      };
      media.addEventListener(isVideo ? "loadedmetadata" : "load", fit);
      media.addEventListener("error", () => setText(find("player-note"), "The result cannot be shown: download it instead."));
    }
    return media;
  }

  /** Connect the controls with the result's video. */
  _begin() {
    const clock = this._after;
    clock.addEventListener("loadedmetadata", () => {
      this._seek.max = String(clock.duration);
      this._showPosition();
    });
    for (const name of ["timeupdate", "seeked", "play", "pause", "ended", "waiting", "playing", "ratechange"]) {
      clock.addEventListener(name, () => this._follow());
    }
    const frame = () => {
      if (this._after !== clock) return;
      if (!clock.paused) this._follow();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    this._showPosition();
  }

  /** Bring the original to where the result is. */
  _follow() {
    const after = this._after;
    const before = this._before;
    if (!after) return;
    const rate = Number(this._rate.value);
    after.playbackRate = rate;
    this._showPosition();
    if (!before || before.readyState < 1) return;
    const behind = Math.min(after.currentTime, before.duration || Infinity) - before.currentTime;
    const runs = !after.paused && !after.ended && after.readyState > 2;
    if (!runs) before.pause();
    if (Math.abs(behind) > (runs ? FAR : STILL) && !before.seeking) before.currentTime = after.currentTime;
    const hurry = Math.abs(behind) < EVEN ? 0 : Math.max(-1, Math.min(1, behind * CATCHING_UP));
    // In coarse steps, as each change costs; browsers refuse rates near 0.
    before.playbackRate = Math.max(0.1, Math.round((rate + hurry * Math.min(1, rate)) * 20) / 20);
    if (runs && before.paused && !before.ended) before.play().catch(() => {});
  }

  _showPosition() {
    const { currentTime, duration, paused } = this._after;
    const end = Number.isFinite(duration) ? duration : 0;
    const text = `${formatPosition(currentTime)} of ${formatPosition(end)}`;
    if (document.activeElement !== this._seek || !paused) this._seek.value = String(currentTime);
    this._seek.setAttribute("aria-valuetext", text);
    setText(find("player-time"), text.replace(" of ", " / "));
    setText(this._play.querySelector("span"), paused ? "Play" : "Pause");
    this._play.querySelector("use").setAttribute("href", paused ? "#icon-play" : "#icon-pause");
  }

  async _toggle() {
    const after = this._after;
    const before = this._before;
    if (!after.paused) {
      after.pause();
      return;
    }
    if (after.ended) this._jump(0);
    // They start together, or one would have to catch up at once.
    await Promise.all([waitForData(after), before && waitForData(before)]);
    if (this._after !== after) return;
    before?.play().catch(() => {});
    // The original does not play on alone if the browser refuses the result's sound.
    after.play().catch(() => before?.pause());
  }

  /** @param {number} seconds */
  _jump(seconds) {
    this._after.currentTime = seconds;
    if (this._before) this._before.currentTime = Math.min(seconds, this._before.duration || seconds);
    this._showPosition();
  }

  /** @param {number} share The share of the picture that shows the original. */
  _cut(share) {
    const percent = share * 100;
    if (this._before) this._before.style.clipPath = `inset(0 ${100 - percent}% 0 0)`;
    if (this._after) this._after.style.clipPath = this._before ? `inset(0 0 0 ${percent}%)` : "none";
  }

  /** @param {KeyboardEvent} event */
  _takeKey(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key !== " " || target.closest("button, select") || find("player-controls").hidden) return;
    event.preventDefault();
    this._toggle();
  }

  _clear() {
    for (const media of [this._after, this._before]) {
      if (!media) continue;
      media.remove();
      // A video that is only removed goes on loading.
      media.removeAttribute("src");
      media.load?.();
    }
    this._after = null;
    this._before = null;
  }
}

/**
 * Wait until a video can play on from where it is, but not for long.
 * @param {HTMLVideoElement} video
 */
function waitForData(video) {
  if (video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) return Promise.resolve();
  return new Promise((resolve) => {
    video.addEventListener("canplay", resolve, { once: true });
    setTimeout(resolve, PATIENCE);
  });
}
