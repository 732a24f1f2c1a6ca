/** One live run: a WebSocket that steers it, and a way for the frames. Closing it ends the run on the server. */

import { JpegWay } from "./jpeg.js";
import { WebRtcWay } from "./webrtc.js";

/** Milliseconds until a connection by WebRTC must bring frames: from its answer, and anew from the start of the run. */
const PATIENCE = 5000;
/** Milliseconds until the server must have answered: it may load a model first. */
const LONG_PATIENCE = 15000;
/** Milliseconds that a run may take to end. */
const ENDING = 3000;

/**
 * @typedef {Object} SessionListener What a session reports.
 * @property {(image: CanvasImageSource, width: number, height: number) => void} onFrame
 * @property {(message: any) => void} onMessage A message of the server, of the types ready, stats, look and message.
 * @property {(reason: string | null, isError: boolean) => void} onEnd The run is over.
 * @property {(wasOpen: boolean) => void} onLost The connection broke.
 * @property {(reason: string) => void} onNoFrames No frames come this way.
 */

export class Session {
  /**
   * @param {"webrtc" | "jpeg"} transport
   * @param {MediaStream | null} stream The browser's camera; null for one of the server's.
   * @param {SessionListener} listener
   */
  constructor(transport, stream, listener) {
    this.transport = transport;
    this._listener = listener;
    this._isOpen = false;
    this._over = false;
    /** Frames that have come. */
    this.frames = 0;
    this._timer = 0;
    this._socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`);
    this._socket.binaryType = "arraybuffer";
    const way = {
      onFrame: (image, width, height) => this._takeFrame(image, width, height),
      onFail: (reason) => this._giveUp(reason),
    };
    this._way =
      transport === "webrtc"
        ? new WebRtcWay(stream, (message) => this.send(message), way)
        : new JpegWay(stream, (data) => this._sendBytes(data), way);
    this._socket.addEventListener("open", () => this._begin(stream));
    this._socket.addEventListener("message", (event) => this._hear(event.data));
    this._socket.addEventListener("close", () => this._lose());
  }

  /**
   * Send a message; without a connection it is dropped.
   * @param {Object} message
   */
  send(message) {
    if (this._socket.readyState === WebSocket.OPEN) this._socket.send(JSON.stringify(message));
  }

  /**
   * Return the time from the camera to the canvas; null if it is not known.
   * @param {number} server Milliseconds that the server needed.
   */
  measureLatency(server) {
    return this._way.measureLatency(server);
  }

  /** End the run, and wait until the server has ended it: another one can start then. */
  async close() {
    this._finish();
    this.send({ type: "stop" });
    const socket = this._socket;
    if (socket.readyState === WebSocket.CLOSED) return;
    await new Promise((resolve) => {
      socket.addEventListener("close", resolve, { once: true });
      // The server closes when its run has ended; a server that hangs is not waited for.
      setTimeout(() => {
        socket.close();
        resolve(undefined);
      }, ENDING);
      if (socket.readyState === WebSocket.CONNECTING) socket.close();
    });
  }

  /** @param {MediaStream | null} stream */
  async _begin(stream) {
    this._isOpen = true;
    // The size of the result is that of the camera, also while WebRTC sends smaller frames at first.
    const { width, height } = stream?.getVideoTracks()[0]?.getSettings() ?? {};
    const source = stream ? "browser" : "server";
    // Sound comes by WebRTC only.
    const audio = this.transport === "webrtc" && Boolean(stream?.getAudioTracks().length);
    this.send({ type: "start", transport: this.transport, source, width, height, audio });
    this._expectFrames(LONG_PATIENCE);
    try {
      await this._way.start();
    } catch (error) {
      this._giveUp(`the browser cannot send frames (${error})`);
    }
  }

  /** @param {string | ArrayBuffer} data */
  _hear(data) {
    if (typeof data !== "string") {
      // An image that cannot be read is one frame less, no more.
      if (!this._over) this._way.takeFrame(data)?.catch(() => {});
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "ended" || message.type === "error") {
      this._end(message.type === "error" ? message.message : message.reason, message.type === "error");
    } else if (this._over) {
      return;
    } else if (message.type === "answer") {
      this._way.takeAnswer(message.sdp);
      this._expectFrames();
    } else {
      if (message.type === "ready") this._expectFrames();
      this._listener.onMessage(message);
    }
  }

  _takeFrame(image, width, height) {
    if (this._over) return;
    clearTimeout(this._timer);
    this.frames += 1;
    this._listener.onFrame(image, width, height);
  }

  /**
   * Give up if no frame comes in time. By JPEG there is nothing else to try: it waits for as long as it takes.
   * @param {number} patience Milliseconds.
   */
  _expectFrames(patience = PATIENCE) {
    clearTimeout(this._timer);
    if (this.frames || this.transport !== "webrtc") return;
    this._timer = setTimeout(() => {
      // A camera may take its time to start: that is no fault of the way.
      if (this._way.waitsForCamera) this._expectFrames();
      else this._giveUp("no frame came back by WebRTC");
    }, patience);
  }

  /** @param {string} reason */
  _giveUp(reason) {
    if (this._over) return;
    this._finish();
    this._listener.onNoFrames(reason);
  }

  _lose() {
    if (this._over) return;
    this._finish();
    this._listener.onLost(this._isOpen);
  }

  _end(reason, isError) {
    if (!this._over) {
      this._finish();
      this._listener.onEnd(reason, isError);
    }
    this._socket.close();
  }

  _finish() {
    this._over = true;
    clearTimeout(this._timer);
    this._way.close();
  }

  /** @param {ArrayBuffer} data */
  _sendBytes(data) {
    if (this._socket.readyState === WebSocket.OPEN) this._socket.send(data);
  }
}
