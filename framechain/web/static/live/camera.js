/** The browser's camera: opens it, lists the others, says in a sentence why there is none. */

import { find, make } from "../common/dom.js";
import { say } from "../common/notices.js";

const WIDTH = 640;
const RATE = 30;

/** Why getUserMedia fails, by the name of its error. */
const REASONS = {
  NotAllowedError: "The browser was not allowed to use the camera. Allow it at the camera sign in the address bar, then start again.",
  NotFoundError: "No camera was found. Connect one, then start again.",
  NotReadableError: "The camera cannot be opened: another program may be using it.",
  OverconstrainedError: "The chosen camera is not there any more. Choose another one.",
  SecurityError: "The settings of the browser forbid the camera for this page.",
  AbortError: "The camera stopped while it was being opened. Start again.",
};

/**
 * Open the camera.
 * @param {string} device The id of a camera; "" for the one that the browser prefers.
 * @param {boolean} withSound Whether to open the microphone too; without one the camera is opened alone.
 * @returns {Promise<MediaStream>}
 * @throws {Error} With a sentence for the visitor.
 */
export async function openCamera(device, withSound) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error(
      window.isSecureContext
        ? "This browser gives web pages no camera."
        : "The browser gives a camera only to https pages or to localhost: open the page at https, or on the server's own machine.",
    );
  }
  // No height: of a wide camera browsers would cut off both sides.
  const video = { width: { ideal: WIDTH }, frameRate: { ideal: RATE } };
  if (device) video.deviceId = { exact: device };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video, audio: withSound });
    for (const track of stream.getVideoTracks()) track.contentHint = "motion";
    return stream;
  } catch (error) {
    if (withSound) {
      // The error does not say which of the two failed.
      const stream = await openCamera(device, false);
      say("The microphone cannot be opened: recordings have no sound.");
      return stream;
    }
    const { name, message } = /** @type {Error} */ (error);
    throw new Error(REASONS[name] ?? `The camera cannot be opened: ${message}`);
  }
}

/**
 * End a stream: the camera's light goes out.
 * @param {MediaStream | null} stream
 */
export function closeCamera(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** What is opened: one of the cameras, listed when there are several, and the microphone. */
export class CameraChoice {
  /** @param {() => void} onChange */
  constructor(onChange) {
    /** @type {HTMLSelectElement} */
    this._list = find("camera");
    this._list.addEventListener("change", onChange);
    find("microphone").addEventListener("change", onChange);
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.update());
  }

  /** The id of the chosen camera; "" if none was chosen. */
  get device() {
    return this._list.value;
  }

  /** Whether the microphone is wanted. */
  get withSound() {
    return find("microphone").checked;
  }

  /**
   * List the cameras. Browsers tell their names only after the visitor has allowed one.
   * @param {MediaStream | null} [stream] The camera that is open.
   */
  async update(stream = null) {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    const cameras = devices.filter((device) => device.kind === "videoinput" && device.deviceId);
    const chosen = stream?.getVideoTracks()[0]?.getSettings().deviceId ?? this._list.value;
    this._list.replaceChildren(
      ...cameras.map(({ deviceId, label }, index) =>
        make("option", { value: deviceId, selected: deviceId === chosen }, label || `Camera ${index + 1}`),
      ),
    );
    find("camera-choice").hidden = cameras.length < 2;
  }
}
