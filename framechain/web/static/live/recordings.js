/** The snapshots and recordings of the live view. */

import { ask } from "../common/api.js";
import { remember } from "../common/connection.js";
import { find, formatBytes, formatSeconds, make, makeButton, makeIcon, setText } from "../common/dom.js";
import { showError } from "../common/notices.js";

const MINUTE = 60_000;

/** @type {Map<string, number>} How many files of each kind the zip would have. */
const zipped = new Map();

/**
 * Offer all results in one file, if there are any.
 * @param {string} kind What is counted.
 * @param {number} number
 */
export function offerZip(kind, number) {
  zipped.set(kind, number);
  find("zip").hidden = ![...zipped.values()].some(Boolean);
}

export class Recordings {
  /** @param {import("../common/connection.js").Connection} connection */
  constructor(connection) {
    this._connection = connection;
    /** @type {Map<string, HTMLElement>} The rows, by the ids of what they show. */
    this._rows = new Map();
    /** @type {Set<string>} What the visitor has deleted. */
    this._deleted = new Set();
    // Nothing is kept for ever.
    setInterval(() => document.hidden || this.update(), MINUTE);
  }

  /** Ask the server for the list. */
  async update() {
    // It is called again when the server is back.
    if (this._connection.isLost) return;
    let recordings;
    try {
      ({ recordings } = await ask("GET", "/api/recordings"));
    } catch (error) {
      if (!this._connection.takeError(error)) showError(error);
      return;
    }
    const list = find("recordings");
    const ids = new Set(recordings.map(({ id }) => id));
    // Before the names of what is gone are forgotten: the page may have to say them.
    if ([...this._rows.keys()].some((id) => !ids.has(id) && !this._deleted.has(id))) await this._connection.check();
    for (const [id, row] of this._rows) {
      if (ids.has(id)) continue;
      row.remove();
      this._rows.delete(id);
    }
    for (const recording of recordings) {
      const row = this._rows.get(recording.id) ?? this._makeRow(recording);
      setText(/** @type {Element} */ (row.querySelector(".row-state")), describe(recording));
      if (this._rows.has(recording.id)) continue;
      this._rows.set(recording.id, row);
      list.prepend(row);
    }
    find("no-recordings").hidden = recordings.length > 0;
    offerZip("recordings", recordings.length);
    remember(
      "recording",
      recordings.map(({ name }) => name),
    );
  }

  /** @returns {HTMLElement} */
  _makeRow({ id, name, kind, url }) {
    const preview =
      kind === "image"
        ? make("img", { className: "preview", src: url, alt: "", loading: "lazy" })
        : make("span", { className: "preview" }, makeIcon("film"));
    const download = make("a", { className: "button", href: `${url}?download=1`, download: "" }, "Download");
    download.setAttribute("aria-label", `Download ${name}`);
    return make(
      "li",
      { className: "row with-preview" },
      preview,
      make("div", { className: "row-text" }, make("p", { className: "row-name", title: name }, name), make("p", { className: "row-state" })),
      make("div", { className: "row-buttons" }, download, makeButton("trash", "Delete", () => this._delete(id), `Delete ${name}`)),
    );
  }

  async _delete(id) {
    this._deleted.add(id);
    try {
      await ask("DELETE", `/api/recordings/${id}`);
    } catch (error) {
      if (!this._connection.takeError(error)) showError(error);
    }
    const row = this._rows.get(id);
    const next = row?.nextElementSibling ?? row?.previousElementSibling;
    const focused = row?.contains(document.activeElement);
    await this.update();
    if (focused) (next?.querySelector("button") ?? find("recordings-heading")).focus();
  }
}

/** @returns {string} The size, and how long it is kept. */
function describe({ size, expires_in: expires }) {
  return formatBytes(size) + (typeof expires === "number" ? `, kept for ${formatSeconds(expires)}` : "");
}
