/** The way of the frames as JPEG images over the WebSocket, where WebRTC cannot be had. */

import { watchFrames } from "./webrtc.js";

/** Bytes of the counter before each image. */
const COUNTER = 4;
/** Frames that may be under way: one is worked on while the next one travels. */
const UNDER_WAY = 2;
/** Milliseconds after which a frame is taken for dropped by the server. */
const PATIENCE = 1000;
const QUALITY = 0.85;

/** Sends and takes images; `start`, `take...`, `measureLatency` and `close` are as those of `WebRtcWay`. */
export class JpegWay {
  /**
   * @param {MediaStream | null} stream The camera; null if the server has one.
   * @param {(data: ArrayBuffer) => void} send Sends bytes to the server.
   * @param {import("./webrtc.js").Listener} listener
   */
  constructor(stream, send, listener) {
    this._stream = stream;
    this._send = send;
    this._listener = listener;
    this._video = document.createElement("video");
    this._video.muted = true;
    this._video.playsInline = true;
    this._canvas = document.createElement("canvas");
    this._counter = 0;
    /** @type {Map<number, number>} When each frame under way was taken from the camera, by its counter. */
    this._taken = new Map();
    /** @type {number[]} Milliseconds from the camera to the canvas of the frames since the last `measureLatency`. */
    this._latencies = [];
    this._encoding = false;
    this._drawn = -1;
    this._closed = false;
  }

  async start() {
    if (!this._stream) return;
    this._video.srcObject = this._stream;
    watchFrames(this._video, () => {
      if (!this._closed) this._sendFrame();
      return !this._closed;
    });
    await this._video.play();
  }

  get waitsForCamera() {
    return this._stream !== null && !this._video.videoWidth;
  }

  async takeAnswer() {}

  /**
   * Draw an image that came.
   * @param {ArrayBuffer} data
   */
  async takeFrame(data) {
    const counter = new DataView(data).getUint32(0);
    // The server's camera goes at its own pace: it waits for this before it sends the next image.
    if (!this._stream) this._send(data.slice(0, COUNTER));
    const taken = this._taken.get(counter);
    // The server works on the newest: frames before the one that came back were dropped.
    for (const other of this._taken.keys()) if (other <= counter) this._taken.delete(other);
    // The counter alone: there is no picture of that image, such as one that an object left out.
    if (data.byteLength === COUNTER) return;
    const image = await createImageBitmap(new Blob([new Uint8Array(data, COUNTER)], { type: "image/jpeg" }));
    if (!this._closed && counter > this._drawn) {
      this._drawn = counter;
      this._listener.onFrame(image, image.width, image.height);
      if (taken !== undefined) this._latencies.push(performance.now() - taken);
    }
    image.close();
  }

  /** Return the mean of the frames since the last call: each carries its counter, so this is measured. */
  async measureLatency() {
    const latencies = this._latencies;
    this._latencies = [];
    if (!latencies.length) return null;
    return { milliseconds: latencies.reduce((sum, one) => sum + one, 0) / latencies.length, measured: true };
  }

  close() {
    this._closed = true;
    this._video.srcObject = null;
  }

  _sendFrame() {
    const now = performance.now();
    for (const [counter, taken] of this._taken) if (now - taken > PATIENCE) this._taken.delete(counter);
    if (this._encoding || this._taken.size >= UNDER_WAY || !this._video.videoWidth) return;
    this._encoding = true;
    const counter = this._counter;
    this._counter += 1;
    this._taken.set(counter, now);
    const { videoWidth: width, videoHeight: height } = this._video;
    if (this._canvas.width !== width) this._canvas.width = width;
    if (this._canvas.height !== height) this._canvas.height = height;
    /** @type {CanvasRenderingContext2D} */ (this._canvas.getContext("2d")).drawImage(this._video, 0, 0);
    this._canvas.toBlob((blob) => this._sendImage(counter, blob), "image/jpeg", QUALITY);
  }

  /**
   * @param {number} counter
   * @param {Blob | null} blob
   */
  async _sendImage(counter, blob) {
    const image = blob && (await blob.arrayBuffer());
    this._encoding = false;
    if (this._closed || !image) return;
    const data = new Uint8Array(COUNTER + image.byteLength);
    new DataView(data.buffer).setUint32(0, counter);
    data.set(new Uint8Array(image), COUNTER);
    this._send(data.buffer);
  }
}
