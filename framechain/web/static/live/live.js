/** The live view: start and stop, the way of the frames, the views, snapshots and the recording. */

import { CameraChoice, closeCamera, openCamera } from "./camera.js";
import { find, setText } from "../common/dom.js";
import { clearError, say, setStanding, showError } from "../common/notices.js";
import { Screen } from "./screen.js";
import { Session } from "./session.js";
import { Stats } from "./stats.js";
import { WebRtcWay } from "./webrtc.js";

/** How often a WebSocket may fail to open while the server answers, before it is said. */
const TRIES = 3;

/** Events: "run" when a run starts or ends (`isRunning`), "kept" when the server may have kept a picture or a video. */
export class Live extends EventTarget {
  /**
   * @param {import("../common/settings.js").Settings} settings
   * @param {import("../common/connection.js").Connection} connection
   */
  constructor(settings, connection) {
    super();
    this._settings = settings;
    this._connection = connection;
    this._screen = new Screen();
    this._stats = new Stats();
    this._cameras = new CameraChoice(() => this.isRunning && this._restart());
    /** @type {Session | null} */
    this._session = null;
    /** @type {MediaStream | null} */
    this._stream = null;
    this._wanted = false;
    /** Counts how often the camera was asked for. */
    this._attempt = 0;
    this._recording = false;
    this._unopened = 0;
    find("start").addEventListener("click", () => this.start());
    find("stop").addEventListener("click", () => this.stop());
    find("snapshot").addEventListener("click", () => this._session?.send({ type: "snapshot" }));
    find("record").addEventListener("click", () => this._session?.send({ type: "record" }));
    for (const choice of document.querySelectorAll("input[name=view]")) {
      choice.addEventListener("change", () => this._changeView());
    }
    settings.addEventListener("objects", () => this.isRunning && this._restart());
    connection.addEventListener("back", () => this._wanted && !this._session && this._run(this._choose()));
    // The server notices by itself that a page is gone; saying so frees its camera and threads at once.
    addEventListener("pagehide", () => this._session?.close());
    // A page that comes back from the browser's memory has no session any more.
    addEventListener("pageshow", (event) => event.persisted && this.stop());
    this._changeView();
    this._show("idle");
  }

  /** Whether frames come, or are about to. */
  get isRunning() {
    return this._session !== null;
  }

  /** The chosen view. */
  get view() {
    return /** @type {HTMLInputElement} */ (document.querySelector("input[name=view]:checked")).value;
  }

  /**
   * Offer a key to the objects of the chain.
   * @param {string} key
   */
  press(key) {
    this._session?.send({ type: "key", key });
  }

  /** Open the camera and start a run. */
  async start() {
    if (this._wanted) return;
    clearError();
    this._wanted = true;
    this._unopened = 0;
    this._show("starting");
    if (this._settings.state.camera === null) {
      const attempt = (this._attempt += 1);
      const stream = await openCamera(this._cameras.device, this._cameras.withSound).catch(showError);
      // The browser may ask the visitor for long, and Stop can be pressed meanwhile.
      if (attempt !== this._attempt || !this._wanted) {
        closeCamera(stream ?? null);
        return;
      }
      if (!stream) {
        this._finish();
        return;
      }
      this._stream = stream;
      stream.getVideoTracks()[0].addEventListener("ended", () => {
        if (this._stream === stream) this._fail("The camera was disconnected, or the browser took it away.");
      });
      this._cameras.update(stream).catch(() => {});
    }
    this._run(this._choose());
  }

  /** End the run, and close the camera. */
  async stop() {
    const session = this._session;
    this._finish();
    await session?.close();
    this.dispatchEvent(new Event("kept"));
  }

  async _restart() {
    const session = this._session;
    this._finish();
    await session?.close();
    await this.start();
  }

  /** @returns {"webrtc" | "jpeg"} */
  _choose() {
    if (WebRtcWay.isPossible) return "webrtc";
    say(`This browser has no WebRTC: the frames go as JPEG images over a WebSocket${this._describeSound()}.`);
    return "jpeg";
  }

  /** What is said of the sound where it cannot be sent. */
  _describeSound() {
    return this._stream?.getAudioTracks().length ? ", and recordings have no sound" : "";
  }

  /** @param {"webrtc" | "jpeg"} transport */
  _run(transport) {
    this._show("starting");
    this._stats.begin(transport);
    const session = new Session(transport, this._stream, {
      onFrame: (image, width, height) => {
        if (session.frames === 1) this._show("running");
        this._screen.draw(image, width, height);
        this._stats.countFrame();
      },
      onMessage: (message) => this._take(message),
      onEnd: (reason, isError) => this._end(reason, isError),
      onLost: (wasOpen) => this._lose(wasOpen),
      onNoFrames: (reason) => this._fallBack(reason),
    });
    this._session = session;
    this.dispatchEvent(new Event("run"));
  }

  /** @param {any} message */
  _take(message) {
    if (message.type === "ready") {
      this._unopened = 0;
      this._screen.setSize(message.width, message.height);
      this._session?.send({ type: "view", view: this.view });
    } else if (message.type === "look") {
      this._settings.takeLook(message.look);
    } else if (message.type === "message") {
      say(message.text);
      this.dispatchEvent(new Event("kept"));
    } else if (message.type === "stats") {
      if (this._session) this._stats.show(message, this._session);
      setStanding([message.notice, message.status].filter(Boolean).join(" · "));
      this._setRecording(message.recording);
    }
  }

  /** @param {string} reason */
  async _fallBack(reason) {
    const session = this._session;
    if (session?.transport === "jpeg") {
      this._fail(`The live view stopped: ${reason}.`);
      return;
    }
    say(`Changing to JPEG images over a WebSocket${this._describeSound()}: ${reason}.`);
    await session?.close();
    if (this._wanted && this._session === session) this._run("jpeg");
  }

  /** @param {boolean} wasOpen */
  _lose(wasOpen) {
    this._session = null;
    this._setRecording(false);
    this._show("lost");
    this.dispatchEvent(new Event("run"));
    this._unopened += wasOpen ? 0 : 1;
    if (this._unopened >= TRIES) {
      this._fail(
        "The live connection (a WebSocket) cannot be opened, though the server answers. A proxy between may not pass it on.",
      );
    } else {
      this._connection.lose();
    }
  }

  /**
   * @param {string | null} reason
   * @param {boolean} isError
   */
  _end(reason, isError) {
    if (isError) this._fail(reason ?? "The live view ended with an error.");
    else {
      this._finish();
      if (reason) say(reason);
    }
    this.dispatchEvent(new Event("kept"));
  }

  /** @param {string} sentence */
  _fail(sentence) {
    const session = this._session;
    this._finish();
    session?.close();
    showError(sentence);
  }

  _finish() {
    this._wanted = false;
    this._session = null;
    closeCamera(this._stream);
    this._stream = null;
    this._setRecording(false);
    setStanding("");
    this._screen.clear();
    this._show("idle");
    this.dispatchEvent(new Event("run"));
  }

  _changeView() {
    this._screen.setView(this.view);
    this._session?.send({ type: "view", view: this.view });
  }

  /** @param {boolean} recording */
  _setRecording(recording) {
    if (recording === this._recording) return;
    this._recording = recording;
    const button = find("record");
    button.setAttribute("aria-pressed", String(recording));
    find("stage").classList.toggle("recording", recording);
    this.dispatchEvent(new Event("kept"));
  }

  /**
   * Show what the live view does.
   * @param {"idle" | "starting" | "running" | "lost"} state
   */
  _show(state) {
    const stage = find("stage");
    stage.dataset.state = state;
    find("cover").hidden = state === "running";
    // One of the two buttons takes the place of the other, also for the keyboard.
    const focused = ["start", "stop"].includes(document.activeElement?.id ?? "");
    find("start").hidden = state !== "idle";
    find("stop").hidden = state === "idle";
    if (focused) find(state === "idle" ? "start" : "stop").focus();
    find("camera-choice").classList.toggle("busy", state === "starting");
    find("stats").hidden = state === "idle";
    for (const id of ["snapshot", "record"]) find(id).disabled = state !== "running";
    const server = this._settings.state?.camera;
    const texts = {
      idle: server ? "Watch the server's camera here." : "See your camera here, as the chain changes it.",
      starting: server ? "Opening the server's camera …" : "Opening the camera …",
      lost: "The connection is lost. The picture returns by itself.",
      running: "",
    };
    setText(find("cover-text"), texts[state]);
  }

  /** Take the server's state: which camera there is. */
  update() {
    const { camera } = this._settings.state;
    setText(find("start-text"), camera === null ? "Start camera" : "Start");
    find("privacy").hidden = camera !== null;
    find("sound").hidden = camera !== null;
    setText(find("source"), camera === null ? "" : `Camera of the server: ${camera}`);
    if (!this._wanted) this._show("idle");
  }
}
