/** The divider between before and after: a range input that covers the picture, and a line that is drawn. */

export class Divider {
  /**
   * @param {HTMLElement} box Holds the range input (`input`) and the line (`.line`); it lies over the picture.
   * @param {(share: number) => void} onMove Called with the share of the picture that lies left of the line, 0 to 1.
   */
  constructor(box, onMove) {
    this.box = box;
    this._range = /** @type {HTMLInputElement} */ (box.querySelector("input"));
    this._line = /** @type {HTMLElement} */ (box.querySelector(".line"));
    this._onMove = onMove;
    this._range.addEventListener("input", () => this.update());
    this.update();
  }

  /** The share of the picture that lies left of the line, 0 to 1. */
  get share() {
    return Number(this._range.value) / 100;
  }

  /** @param {boolean} visible */
  set visible(visible) {
    this.box.hidden = !visible;
  }

  /** Put the line where the range input says. */
  update() {
    this._line.style.left = `${this._range.value}%`;
    this._range.setAttribute("aria-valuetext", `${Math.round(this.share * 100)} percent from the left`);
    this._onMove(this.share);
  }
}
