/** Whether the server answers, and what was lost if it was started anew. */

import { Refusal } from "./api.js";
import { count } from "./dom.js";
import { say, setStanding, showError } from "./notices.js";

/** Seconds between two tries; the last one counts for all further ones. */
const PAUSES = [0.5, 1, 2, 3, 5];
const MEMORY = "framechain";

/** Events: "back" when the server answers again. */
export class Connection extends EventTarget {
  /** @param {import("./settings.js").Settings} settings */
  constructor(settings) {
    super();
    this._settings = settings;
    this.isLost = false;
    settings.addEventListener("state", () => this._compare());
  }

  /**
   * Take an error of a request: one without an answer means that the connection is lost.
   * @param {unknown} error
   * @returns {boolean} Whether it was such an error; others are for the caller to show.
   */
  takeError(error) {
    if (!(error instanceof Refusal) || error.status !== 0) return false;
    this.lose();
    return true;
  }

  /** Ask for the state because something is gone: it has expired, or the server was started anew and that is said. */
  async check() {
    await this._settings.load().catch((error) => this.takeError(error));
  }

  /** Say that the connection is lost, and try until it is back. */
  async lose() {
    if (this.isLost) return;
    this.isLost = true;
    setStanding("The connection to the server is lost. Trying again …");
    for (let attempt = 0; this.isLost; attempt += 1) {
      const pause = PAUSES[Math.min(attempt, PAUSES.length - 1)];
      await new Promise((resolve) => setTimeout(resolve, pause * 1000));
      try {
        await this._settings.load();
        this.isLost = false;
      } catch (error) {
        // A server that was started anew may ask for another token: that is an answer, and nothing will mend it here.
        if (error instanceof Refusal && error.status !== 0) {
          setStanding(error.message);
          if (error.status === 401) return;
        }
      }
    }
    setStanding("");
    say("The server answers again.");
    this.dispatchEvent(new Event("back"));
  }

  /** Say what was lost if the server is another one than before, also before a reload of the page. */
  _compare() {
    const { instance } = this._settings.state;
    const memory = readMemory();
    if (memory.instance === instance) return;
    if (memory.instance) {
      const lost = Object.entries(memory.kept).flatMap(([noun, names]) => describe(noun, names));
      if (lost.length) {
        showError(`The server was started anew. What it kept for this page is lost: ${lost.join("; ")}.`);
      } else {
        say("The server was started anew. It kept nothing for this page, so nothing is lost.");
      }
    }
    sessionStorage.setItem(MEMORY, JSON.stringify({ instance, kept: {} }));
  }
}

/**
 * Remember what the server keeps for this page, to say what is lost if it is started anew.
 * @param {string} noun Such as "recording".
 * @param {string[]} names
 */
export function remember(noun, names) {
  const memory = readMemory();
  memory.kept[noun] = names;
  sessionStorage.setItem(MEMORY, JSON.stringify(memory));
}

/** @returns {{instance?: string, kept: Object<string, string[]>}} */
function readMemory() {
  try {
    return { kept: {}, ...JSON.parse(sessionStorage.getItem(MEMORY) ?? "{}") };
  } catch {
    return { kept: {} };
  }
}

/**
 * @param {string} noun
 * @param {string[]} names
 * @returns {string[]} One text, such as "2 files (a.mp4, b.mp4)"; none without names.
 */
function describe(noun, names) {
  return names.length ? [`${count(names.length, noun)} (${names.join(", ")})`] : [];
}
