/** Files: drop or choose them, send them one after the other, follow their jobs. */

import { ask, upload } from "../common/api.js";
import { remember } from "../common/connection.js";
import { count, find, formatBytes, setText } from "../common/dom.js";
import { JobRow } from "./jobrow.js";
import { say, showError } from "../common/notices.js";
import { Player } from "./player.js";
import { offerZip } from "../live/recordings.js";

/** Seconds between two looks at the jobs: while some are worked on, and else. */
const BUSY = 1;
const IDLE = 5;

export class Files {
  /**
   * @param {import("../common/settings.js").Settings} settings
   * @param {import("../common/connection.js").Connection} connection
   */
  constructor(settings, connection) {
    this._settings = settings;
    this._connection = connection;
    this._player = new Player();
    this._list = find("jobs");
    /** @type {Map<string, {job: any, row: JobRow}>} The jobs of the server, by their ids. */
    this._jobs = new Map();
    /** @type {{file: File, row: JobRow, cancel: () => void}[]} What is still to be sent; the first is being sent. */
    this._queue = [];
    this._timer = 0;
    /** @type {Set<string>} Jobs that are being removed: an answer that is older than that may still name them. */
    this._removed = new Set();
    /** @type {HTMLInputElement} */
    const file = find("file");
    file.addEventListener("change", () => {
      this._add([...(file.files ?? [])]);
      // The same files can be chosen again.
      file.value = "";
    });
    this._beginDrop();
    connection.addEventListener("back", () => this.update());
    document.addEventListener("visibilitychange", () => document.hidden || this.update());
    addEventListener("beforeunload", (event) => {
      // A job survives a reload, an upload does not.
      if (this._queue.length) event.preventDefault();
    });
  }

  /** The name of the file that was sent last; "" without one. */
  get newest() {
    return [...this._jobs.values()].pop()?.job.name ?? "";
  }

  /** Ask the server for the jobs, now and from now on. */
  async update() {
    clearTimeout(this._timer);
    // It is called again when the server is back.
    if (this._connection.isLost) return;
    const asked = new Set(this._jobs.keys());
    try {
      const { jobs } = await ask("GET", "/api/jobs");
      const ids = new Set(jobs.map(({ id }) => id));
      // Before the names of what is gone are forgotten: the page may have to say them.
      if ([...asked].some((id) => !ids.has(id) && !this._removed.has(id))) await this._connection.check();
      this._take(jobs, ids, asked);
    } catch (error) {
      if (this._connection.takeError(error)) return;
      showError(error);
    }
    clearTimeout(this._timer);
    if (document.hidden && !this._queue.length) return;
    this._timer = setTimeout(() => this.update(), (this._countUnfinished() ? BUSY : IDLE) * 1000);
  }

  _countUnfinished() {
    return [...this._jobs.values()].filter(({ job }) => ["waiting", "running"].includes(job.state)).length;
  }

  /**
   * Take the server's list.
   * @param {any[]} jobs
   * @param {Set<string>} ids Their ids.
   * @param {Set<string>} asked The jobs that were known when it was asked for: later ones may be missing in it.
   */
  _take(jobs, ids, asked) {
    for (const [id, { row }] of this._jobs) {
      if (ids.has(id) || !asked.has(id)) continue;
      this._jobs.delete(id);
      row.element.remove();
    }
    for (const job of jobs) if (!this._removed.has(job.id)) this._show(job);
    this._summarise();
  }

  /**
   * Show a job in its row.
   * @param {any} job
   * @param {JobRow} [row] The row of its upload.
   */
  _show(job, row) {
    const known = this._jobs.get(job.id);
    const shown = known?.row ?? row ?? new JobRow(job.name, this._makeActions(job.id));
    if (!known && !row) this._list.append(shown.element);
    if (known && known.job.state !== job.state && job.state === "done") say(`${job.name} is done.`);
    this._jobs.set(job.id, { job, row: shown });
    shown.show(job);
  }

  _makeActions(id) {
    return {
      cancel: () => this._change(`/api/jobs/${id}/cancel`, "POST"),
      remove: () => this._remove(id),
      compare: () => this._player.open(this._jobs.get(id)?.job),
    };
  }

  async _change(path, method) {
    try {
      await ask(method, path, method === "POST" ? {} : undefined);
    } catch (error) {
      if (!this._connection.takeError(error)) showError(error);
    }
    await this.update();
  }

  async _remove(id) {
    const entry = this._jobs.get(id);
    if (!entry) return;
    this._removed.add(id);
    this._moveFocus(entry.row);
    entry.row.element.remove();
    this._jobs.delete(id);
    this._summarise();
    await this._change(`/api/jobs/${id}`, "DELETE");
  }

  /**
   * Keep the focus in the list when a row goes.
   * @param {JobRow} row
   */
  _moveFocus({ element }) {
    if (!element.contains(document.activeElement)) return;
    const next = element.nextElementSibling ?? element.previousElementSibling;
    (next?.querySelector(".row-buttons > :not([hidden])") ?? find("file")).focus();
  }

  /** Say how many there are, and offer all as a zip. */
  _summarise() {
    const jobs = [...this._jobs.values()].map(({ job }) => job);
    const done = jobs.filter(({ result }) => result).length;
    setText(find("jobs-summary"), jobs.length ? `${done} of ${count(jobs.length, "file")} done` : "");
    offerZip("jobs", done);
    remember(
      "file",
      jobs.map(({ name }) => name),
    );
  }

  /** @param {File[]} files */
  _add(files) {
    const { upload: limit } = this._settings.state?.limits ?? { upload: Infinity };
    for (const file of files) {
      /** @type {any} */
      const entry = { file, cancelled: false, cancel: () => (entry.cancelled = true) };
      // The buttons of a row serve the upload first, then the job that came of it.
      const job = () => this._makeActions(entry.id);
      entry.row = new JobRow(file.name, {
        cancel: () => (entry.id ? job().cancel() : this._cancelUpload(entry)),
        remove: () => (entry.id ? job().remove() : this._forget(entry)),
        compare: () => job().compare(),
      });
      this._list.append(entry.row.element);
      entry.row.element.scrollIntoView({ block: "nearest" });
      if (file.size > limit) {
        const sizes = `${formatBytes(file.size)}; the server takes files up to ${formatBytes(limit)}`;
        entry.row.showRefusal(`${file.name} has ${sizes}.`);
      } else if (this._queue.push(entry) === 1) this._sendNext();
    }
  }

  async _sendNext() {
    const [entry] = this._queue;
    if (!entry) return;
    const { file, row } = entry;
    await this._waitForPlace(entry);
    if (entry.cancelled) {
      this._forget(entry);
      this._queue.shift();
      this._sendNext();
      return;
    }
    row.showUpload(0, true);
    const sending = upload(`/api/jobs?name=${encodeURIComponent(file.name)}`, file, (share) => row.showUpload(share, true));
    entry.cancel = sending.cancel;
    try {
      const job = await sending.answer;
      if (job) {
        entry.id = job.id;
        this._show(job, row);
      } else this._forget(entry);
    } catch (error) {
      row.showRefusal(/** @type {Error} */ (error).message);
      this._connection.takeError(error);
    }
    this._queue.shift();
    this._sendNext();
    await this.update();
  }

  /** Wait until the server answers and has a place for another job: many files can be dropped at once. */
  async _waitForPlace(entry) {
    const isFull = () => this._countUnfinished() >= (this._settings.state?.limits.jobs ?? Infinity);
    while (!entry.cancelled && (this._connection.isLost || isFull())) {
      await new Promise((resolve) => setTimeout(resolve, (BUSY * 1000) / 2));
    }
  }

  _cancelUpload(entry) {
    if (entry === this._queue[0]) {
      entry.cancel();
      return;
    }
    this._queue = this._queue.filter((other) => other !== entry);
    this._forget(entry);
  }

  _forget({ row }) {
    this._moveFocus(row);
    row.element.remove();
  }

  /** Take files that are dropped anywhere on the page; without this the browser would open them instead of the page. */
  _beginDrop() {
    const zone = find("drop");
    let depth = 0;
    const show = (over) => {
      zone.classList.toggle("over", over);
      find("drop-veil").hidden = !over;
    };
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    addEventListener("dragenter", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth += 1;
      show(true);
    });
    addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
    addEventListener("dragleave", (event) => {
      if (!hasFiles(event)) return;
      // The pointer leaves an element each time it enters one inside.
      depth = Math.max(0, depth - 1);
      if (!depth) show(false);
    });
    addEventListener("drop", (event) => {
      depth = 0;
      show(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      this._add([...(event.dataTransfer?.files ?? [])]);
    });
  }
}
