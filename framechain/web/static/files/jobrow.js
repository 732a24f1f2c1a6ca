/** One row of the list of files: an upload, then the job that works on it. */

import { formatBytes, formatSeconds, make, makeButton, makeSentence, setText } from "../common/dom.js";

const WORDS = { waiting: "Waiting", running: "In work", done: "Done", failed: "Failed", cancelled: "Cancelled" };

/**
 * @typedef {Object} RowActions
 * @property {() => void} cancel
 * @property {() => void} remove
 * @property {() => void} compare
 */

export class JobRow {
  /**
   * @param {string} name The name of the file.
   * @param {RowActions} actions
   */
  constructor(name, actions) {
    this.name = name;
    this._state = make("span", { className: "badge" });
    this._detail = make("span", { className: "detail" });
    this._progress = make("progress", { max: 1, "aria-label": `Progress of ${name}` });
    this._sentence = make("p", { className: "sentence", hidden: true });
    this._warnings = make("ul", { className: "warnings", hidden: true });
    this._compare = makeButton("compare", "Compare", actions.compare, `Compare ${name} before and after`);
    this._download = make("a", { className: "button", download: "" }, "Download");
    this._download.setAttribute("aria-label", `Download the result of ${name}`);
    this._cancel = makeButton("close", "Cancel", actions.cancel, `Cancel ${name}`);
    this._remove = makeButton("trash", "Remove", actions.remove, `Remove ${name}`);
    this.element = make(
      "li",
      { className: "row" },
      make("div", { className: "row-text" }, make("p", { className: "row-name", title: name }, name), make("p", { className: "row-state" }, this._state, this._detail)),
      make("div", { className: "row-buttons" }, this._compare, this._download, this._cancel, this._remove),
      this._progress,
      this._sentence,
      this._warnings,
    );
    this.showUpload(0, false);
  }

  /**
   * Show how far the upload is.
   * @param {number} share 0 to 1.
   * @param {boolean} begun Whether it is its turn.
   */
  showUpload(share, begun) {
    this._setState(begun ? "sending" : "waiting", begun ? "Sending" : "Waits to be sent");
    setText(this._detail, begun ? `${Math.round(share * 100)} %` : "");
    this._progress.value = share;
    this._offer({ cancel: true, progress: true });
  }

  /**
   * Show an upload that failed.
   * @param {string} sentence
   */
  showRefusal(sentence) {
    this._setState("failed", "Not sent");
    setText(this._detail, "");
    this._showSentence(sentence);
    this._offer({ remove: true });
  }

  /**
   * Show a job.
   * @param {any} job As the server describes it.
   */
  show(job) {
    const { state, result } = job;
    const isOver = !["waiting", "running"].includes(state);
    this._setState(state, WORDS[state] ?? state);
    setText(this._detail, describe(job));
    // Without a share to show, the bar only moves.
    if (job.total && job.frames) this._progress.value = job.frames / job.total;
    else this._progress.removeAttribute("value");
    this._showSentence(job.message ?? "");
    this._showWarnings(job.warnings);
    if (result) this._download.href = `${result.url}?download=1`;
    this._offer({
      progress: state === "running",
      cancel: !isOver,
      remove: isOver,
      download: Boolean(result),
      compare: state === "done" && Boolean(result?.playable),
    });
  }

  /** @param {{progress?: boolean, cancel?: boolean, remove?: boolean, download?: boolean, compare?: boolean}} offered */
  _offer({ progress = false, cancel = false, remove = false, download = false, compare = false }) {
    // The button that has the focus may go: its neighbour takes the focus, not the top of the page.
    const focused = this.element.contains(document.activeElement);
    this._progress.hidden = !progress;
    this._cancel.hidden = !cancel;
    this._remove.hidden = !remove;
    this._download.hidden = !download;
    this._compare.hidden = !compare;
    if (focused && !this.element.contains(document.activeElement)) {
      /** @type {HTMLElement | null} */ (this.element.querySelector(".row-buttons > :not([hidden])"))?.focus();
    }
  }

  _setState(state, words) {
    this.element.dataset.state = state;
    setText(this._state, words);
  }

  /** @param {string} sentence */
  _showSentence(sentence) {
    this._sentence.hidden = !sentence;
    setText(this._sentence, makeSentence(sentence));
  }

  /** @param {string[]} warnings */
  _showWarnings(warnings) {
    this._warnings.hidden = !warnings.length;
    if (this._warnings.children.length === warnings.length) return;
    this._warnings.replaceChildren(...warnings.map((warning) => make("li", {}, makeSentence(warning))));
  }
}

/** @returns {string} How far a job is, or what came of it. */
function describe({ state, frames, total, seconds_left: left, result, expires_in: expires, kind }) {
  if (state === "running" && kind === "video") {
    const done = total ? `frame ${frames} of ${total}` : `${frames} frames`;
    return left === null ? done : `${done}, about ${formatSeconds(left)} left`;
  }
  if (!result) return "";
  const kept = typeof expires === "number" ? `, kept for ${formatSeconds(expires)}` : "";
  return `${result.name}, ${formatBytes(result.size)}${kept}`;
}
