/** The canvas of the live view: draws frames, and before and after with a divider between. */

import { Divider } from "../common/divider.js";
import { find } from "../common/dom.js";

export class Screen {
  constructor() {
    /** @type {HTMLCanvasElement} */
    this.canvas = find("result");
    this._context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
    this._stage = find("stage");
    /** Width over height of a frame of the result; a frame of the view "compare" is twice as high. */
    this._ratio = 4 / 3;
    this._comparing = false;
    this._mirrored = false;
    /** @type {HTMLCanvasElement} Keeps the last comparison, so that the divider moves also between two frames. */
    this._last = document.createElement("canvas");
    this._divider = new Divider(find("split"), () => this._drawSplit());
    this._beginFullScreen();
    find("mirror").addEventListener("click", () => this._mirror(!this._mirrored));
  }

  /**
   * Take the size of the result's frames.
   * @param {number} width
   * @param {number} height
   */
  setSize(width, height) {
    this._ratio = width / height;
    this._stage.style.setProperty("--ratio", String(this._ratio));
  }

  /** @param {string} view */
  setView(view) {
    this._comparing = view === "compare";
    this._divider.visible = this._comparing;
  }

  /**
   * Draw a frame as it came from the server.
   * @param {CanvasImageSource} image
   * @param {number} width
   * @param {number} height
   */
  draw(image, width, height) {
    // The frames themselves say what they are: those that were on their way when the view changed are drawn right too.
    const double = width / height < this._ratio * 0.75;
    const shown = double ? Math.floor(height / 2) : height;
    fit(this.canvas, width, shown);
    if (!double) {
      this._last.width = 0;
      this._context.drawImage(image, 0, 0, width, height);
      return;
    }
    fit(this._last, width, height);
    /** @type {CanvasRenderingContext2D} */ (this._last.getContext("2d")).drawImage(image, 0, 0, width, height);
    this._drawSplit();
  }

  /** Make the canvas black again. */
  clear() {
    this._last.width = 0;
    this._context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  _drawSplit() {
    const { width, height: double } = this._last;
    if (!width) return;
    const height = double / 2;
    this._context.drawImage(this._last, 0, height, width, height, 0, 0, width, height);
    if (!this._comparing) return;
    // The style mirrors the canvas but not the divider: what shall be left of it is drawn on the right.
    const part = Math.round(width * this._divider.share);
    const x = this._mirrored ? width - part : 0;
    if (part) this._context.drawImage(this._last, x, 0, part, height, x, 0, part, height);
  }

  /** @param {boolean} mirrored */
  _mirror(mirrored) {
    this._mirrored = mirrored;
    this.canvas.classList.toggle("mirrored", mirrored);
    find("mirror").setAttribute("aria-pressed", String(mirrored));
    this._drawSplit();
  }

  _beginFullScreen() {
    const button = find("fullscreen");
    // Not every browser lets an element fill the screen; those of iPhones only a video.
    button.hidden = !document.fullscreenEnabled;
    button.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else this._stage.requestFullscreen().catch(() => {});
    });
    document.addEventListener("fullscreenchange", () => {
      button.setAttribute("aria-pressed", String(document.fullscreenElement === this._stage));
    });
  }
}

/**
 * Give a canvas a size; setting the same size again would clear it for nothing.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
function fit(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
