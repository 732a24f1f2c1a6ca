/** The small numbers of the live view: frames per second, latency, dropped frames, level and transport. */

import { find, setText } from "../common/dom.js";

const TRANSPORTS = { webrtc: "WebRTC", jpeg: "JPEG" };

export class Stats {
  constructor() {
    this._frames = 0;
    this._since = 0;
  }

  /**
   * Start from zero.
   * @param {"webrtc" | "jpeg"} transport
   */
  begin(transport) {
    this._frames = 0;
    this._since = performance.now();
    for (const id of ["stat-rate", "stat-latency", "stat-dropped"]) setText(find(id), "–");
    find("stat-level").parentElement.hidden = true;
    setText(find("transport"), TRANSPORTS[transport]);
  }

  /** Count a frame that was drawn. */
  countFrame() {
    this._frames += 1;
  }

  /**
   * Show what the server reports each second, beside what this page counted.
   * @param {any} stats
   * @param {import("./session.js").Session} session
   */
  async show(stats, session) {
    const now = performance.now();
    // What the visitor sees counts, not what the server sent.
    setText(find("stat-rate"), String(Math.round((this._frames * 1000) / Math.max(1, now - this._since))));
    this._frames = 0;
    this._since = now;
    setText(find("stat-dropped"), String(stats.dropped));
    find("stat-level").parentElement.hidden = !stats.level;
    setText(find("stat-level"), stats.level ?? "");
    const latency = await session.measureLatency(stats.milliseconds ?? 0).catch(() => null);
    setText(find("stat-latency"), describe(latency));
  }
}

/** @param {{milliseconds: number, measured: boolean} | null} latency */
function describe(latency) {
  if (!latency) return "–";
  return `${latency.measured ? "" : "about "}${Math.round(latency.milliseconds)} ms`;
}
