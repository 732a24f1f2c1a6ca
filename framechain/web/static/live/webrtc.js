/** The way of the frames by WebRTC: the camera's track to the server, the result's track back. */

/** Milliseconds to wait for the addresses of this browser; on one machine they are there at once. */
const GATHERING = 2000;
const BITS_PER_SECOND = 3_000_000;
/** Chromium begins at some 300 kbit/s and takes half a minute to find out that there is room for more. */
const FIRST_KILOBITS_PER_SECOND = 1500;

/**
 * @typedef {Object} Listener What a way of the frames reports.
 * @property {(image: CanvasImageSource, width: number, height: number) => void} onFrame
 * @property {(reason: string) => void} onFail Called when no frames can come this way.
 */

export class WebRtcWay {
  /** Whether this browser can do it. */
  static get isPossible() {
    return typeof RTCPeerConnection === "function";
  }

  /**
   * @param {MediaStream | null} stream The camera; null if the server has one.
   * @param {(message: Object) => void} send Sends a message to the server.
   * @param {Listener} listener
   */
  constructor(stream, send, listener) {
    this._stream = stream;
    this._send = send;
    this._listener = listener;
    this._video = document.createElement("video");
    this._video.muted = true;
    this._video.playsInline = true;
    /** Plays the camera's own stream, to measure what the camera and the screen take. */
    this._own = document.createElement("video");
    this._own.muted = true;
    this._own.playsInline = true;
    this._closed = false;
    // No STUN or TURN server: the page works without any other host.
    this._peer = new RTCPeerConnection({ iceServers: [] });
    this._peer.addEventListener("track", (event) => this._show(event));
    this._peer.addEventListener("connectionstatechange", () => {
      if (this._peer.connectionState === "failed") listener.onFail("the connection by WebRTC failed");
    });
    /** Milliseconds from the camera to this page without any way between: part of every latency. */
    this._local = 0;
    /** @type {number[]} Milliseconds from the last packet of a frame to the canvas, since the last measurement. */
    this._arrivals = [];
    /** @type {Object<string, number>} Sums of the last report, to make means of the time since. */
    this._sums = {};
  }

  /** Send the offer; its answer goes to `takeAnswer`. */
  async start() {
    const track = this._stream?.getVideoTracks()[0];
    if (track && this._stream) {
      this._own.srcObject = this._stream;
      this._own.play().catch(() => {});
      const encoding = { maxBitrate: BITS_PER_SECOND, maxFramerate: 30 };
      const options = { direction: "sendrecv", streams: [this._stream], sendEncodings: [encoding] };
      const { sender } = this._peer.addTransceiver(track, /** @type {RTCRtpTransceiverInit} */ (options));
      await keepResolution(sender);
      const [sound] = this._stream.getAudioTracks();
      if (sound) this._peer.addTransceiver(sound, { direction: "sendonly", streams: [this._stream] });
    } else {
      this._peer.addTransceiver("video", { direction: "recvonly" });
    }
    await this._peer.setLocalDescription(await this._peer.createOffer());
    await this._gather();
    if (!this._closed) this._send({ type: "offer", sdp: this._peer.localDescription?.sdp });
  }

  /**
   * Take the server's answer.
   * @param {string} sdp
   */
  async takeAnswer(sdp) {
    try {
      await this._peer.setRemoteDescription({ type: "answer", sdp: quicken(sdp) });
    } catch (error) {
      this._listener.onFail(`the browser did not understand the server's answer (${error})`);
    }
  }

  /** Whether the camera itself has given no frame yet. */
  get waitsForCamera() {
    return this._stream !== null && !this._own.videoWidth;
  }

  /** Frames come as a track, never as messages. */
  takeFrame() {}

  /** Stop; nothing is reported any more. */
  close() {
    this._closed = true;
    this._peer.close();
    this._video.srcObject = null;
    this._own.srcObject = null;
  }

  /**
   * Estimate the milliseconds from the camera to the canvas: the camera, encoding, the way there and back, the server,
   * and from the last packet of a frame to the canvas.
   * @param {number} server Milliseconds that the server needed.
   * @returns {Promise<{milliseconds: number, measured: boolean} | null>} null while there is nothing to make it of.
   */
  async measureLatency(server) {
    this._measureOwn();
    const arrivals = this._arrivals;
    this._arrivals = [];
    let total = server + this._local + arrivals.reduce((sum, one) => sum + one, 0) / Math.max(1, arrivals.length);
    let known = false;
    for (const report of (await this._peer.getStats()).values()) {
      if (report.type === "candidate-pair" && report.nominated && report.currentRoundTripTime !== undefined) {
        total += report.currentRoundTripTime * 1000;
        known = true;
      } else if (report.type === "inbound-rtp" && report.kind === "video" && !arrivals.length) {
        // Not every browser says when a frame arrived: then the jitter buffer and decoding, but not the way to the canvas.
        total += this._findMean("in", report.totalProcessingDelay, report.framesDecoded);
      } else if (report.type === "outbound-rtp" && report.kind === "video") {
        total += this._findMean("out", report.totalEncodeTime, report.framesEncoded);
        total += this._findMean("sent", report.totalPacketSendDelay, report.packetsSent);
      }
    }
    return known ? { milliseconds: total, measured: false } : null;
  }

  /** Measure how long the next frame of the camera's own stream took to get here. */
  _measureOwn() {
    this._own.requestVideoFrameCallback?.((now, { captureTime }) => {
      if (captureTime) this._local = Math.max(0, performance.now() - captureTime);
    });
  }

  /**
   * @param {string} name
   * @param {number | undefined} seconds A sum since the beginning.
   * @param {number | undefined} parts How many frames or packets it is the sum of.
   * @returns {number} Milliseconds of each since the last call.
   */
  _findMean(name, seconds = 0, parts = 0) {
    const lastSeconds = this._sums[`${name} seconds`] ?? 0;
    const lastParts = this._sums[`${name} parts`] ?? 0;
    this._sums[`${name} seconds`] = seconds;
    this._sums[`${name} parts`] = parts;
    return parts > lastParts ? ((seconds - lastSeconds) / (parts - lastParts)) * 1000 : 0;
  }

  /** Wait until the offer names all addresses of this browser: they are not sent one by one. */
  _gather() {
    const peer = this._peer;
    return new Promise((resolve) => {
      const check = () => peer.iceGatheringState === "complete" && resolve(undefined);
      peer.addEventListener("icegatheringstatechange", check);
      setTimeout(resolve, GATHERING);
      check();
    });
  }

  /** @param {RTCTrackEvent} event */
  _show(event) {
    // The newest frame counts: the browser shall not keep some back for an even rhythm.
    const receiver = /** @type {any} */ (event.receiver);
    if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
    else if ("playoutDelayHint" in receiver) receiver.playoutDelayHint = 0;
    this._video.srcObject = new MediaStream([event.track]);
    this._video.play().catch(() => {});
    watchFrames(this._video, (received) => {
      if (this._closed) return false;
      this._listener.onFrame(this._video, this._video.videoWidth, this._video.videoHeight);
      if (received) this._arrivals.push(performance.now() - received);
      return true;
    });
  }
}

/**
 * Let Chromium send a good picture from the first second; other browsers do not know the parameter and leave it.
 * @param {string} sdp The server's answer.
 */
function quicken(sdp) {
  const parameter = `x-google-start-bitrate=${FIRST_KILOBITS_PER_SECOND}`;
  const lines = sdp.split(/\r?\n/);
  for (const [, format] of sdp.matchAll(/^a=rtpmap:(\d+) (?:VP8|H264)\//gim)) {
    const start = `a=fmtp:${format} `;
    const known = lines.findIndex((line) => line.startsWith(start));
    if (known >= 0) lines[known] += `;${parameter}`;
    else lines.splice(lines.findIndex((line) => line.startsWith(`a=rtpmap:${format} `)) + 1, 0, start + parameter);
  }
  return lines.join("\r\n");
}

/**
 * Ask the encoder to drop frames rather than pixels when it cannot keep up.
 * @param {RTCRtpSender} sender
 */
async function keepResolution(sender) {
  const parameters = /** @type {any} */ (sender.getParameters());
  parameters.degradationPreference = "maintain-resolution";
  // Not every browser knows it; without it only the size of the frames changes more often.
  await sender.setParameters(parameters).catch(() => {});
}

/**
 * Call a function for each new frame of a video.
 * @param {HTMLVideoElement} video
 * @param {(received?: number) => boolean} onFrame Called with the time at which a frame of the network arrived, where it
 *     is known, as of `performance.now`; returns whether it wants more.
 */
export function watchFrames(video, onFrame) {
  if ("requestVideoFrameCallback" in video) {
    const next = (_now, { receiveTime }) => onFrame(receiveTime) && video.requestVideoFrameCallback(next);
    video.requestVideoFrameCallback(next);
    return;
  }
  let last = -1;
  const next = () => {
    const time = /** @type {HTMLVideoElement} */ (video).currentTime;
    const isNew = time !== last && video.videoWidth > 0;
    last = time;
    if (!isNew || onFrame()) requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}
