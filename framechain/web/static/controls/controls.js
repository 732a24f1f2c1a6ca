/** Sliders for the numbers that the objects declare, and buttons for their keys. */

import { find, make, setText } from "../common/dom.js";

/** Keys that have a name instead of a sign. */
const NAMES = { " ": "Space", "\t": "Tab", "\r": "Enter", "\n": "Enter", "\b": "Backspace", "\x1b": "Esc" };
/** Keys that a focused element of the page needs itself. */
const PAGE_KEYS = [" ", "Enter", "Tab"];

export class Controls {
  /**
   * @param {import("../common/settings.js").Settings} settings
   * @param {import("../live/live.js").Live} live
   */
  constructor(settings, live) {
    this._settings = settings;
    this._live = live;
    /** @type {Map<string, (value: number) => void>} Shows a value, by the name of its number. */
    this._show = new Map();
    /** @type {Set<string>} */
    this._keys = new Set();
    /** What the controls are made from, as text: they are made anew only if it changes. */
    this._made = "";
    settings.addEventListener("state", () => this._update());
    settings.addEventListener("look", () => this._showValues());
    live.addEventListener("run", () => this._enableKeys());
    find("reset").addEventListener("click", () => settings.reset());
    document.addEventListener("keydown", (event) => this._takeKey(event));
  }

  _update() {
    const { objects } = this._settings.state;
    const declared = objects.map(({ name, tunables, keys }) => [
      name,
      tunables.map(({ name, minimum, maximum, step }) => [name, minimum, maximum, step]),
      keys,
    ]);
    const made = JSON.stringify(declared);
    if (made !== this._made) {
      this._made = made;
      this._makeSliders(objects);
      this._makeKeys(objects);
      this._enableKeys();
    }
    for (const { tunables } of [...objects].reverse()) {
      for (const { name, value } of tunables) this._show.get(name)?.(value);
    }
    this._showValues();
  }

  /** Show the values of the look; those that it does not name keep what the objects said. */
  _showValues() {
    for (const [name, value] of Object.entries(this._settings.state.look.values)) this._show.get(name)?.(value);
  }

  _makeSliders(objects) {
    this._show.clear();
    const groups = [];
    for (const { name, tunables } of objects) {
      // Two objects may declare the same name: they have one value.
      const own = tunables.filter((tunable) => !this._show.has(tunable.name));
      const sliders = own.map((tunable) => this._makeSlider(tunable));
      if (sliders.length) groups.push({ name, sliders });
    }
    find("controls").replaceChildren(
      ...groups.map(({ name, sliders }) =>
        make("div", { className: "group" }, ...(groups.length > 1 ? [make("h3", {}, name)] : []), ...sliders),
      ),
    );
    find("adjust").hidden = !groups.length;
  }

  _makeSlider({ name, value, minimum, maximum, step }) {
    const id = `tunable-${this._show.size}`;
    const slider = make("input", { type: "range", id, min: minimum, max: maximum, step });
    // "any": a value that a key or the command line set need not be one of the slider's steps.
    const number = make("input", { type: "number", min: minimum, max: maximum, step: "any", inputMode: "decimal" });
    number.setAttribute("aria-label", `${describe(name)}, as a number`);
    const show = (shown) => {
      slider.value = String(shown);
      if (document.activeElement !== number) number.value = String(round(shown));
    };
    const change = (chosen) => this._settings.change({ values: { [name]: chosen } });
    slider.addEventListener("input", () => {
      number.value = String(round(slider.valueAsNumber));
      change(slider.valueAsNumber);
    });
    number.addEventListener("change", () => {
      const typed = Number.isFinite(number.valueAsNumber) ? number.valueAsNumber : slider.valueAsNumber;
      const allowed = Math.min(maximum, Math.max(minimum, typed));
      number.value = String(round(allowed));
      slider.value = String(allowed);
      change(allowed);
    });
    // The arrow keys of a number field move by `step`, which "any" makes 1: they shall move as those of the slider.
    number.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
      event.preventDefault();
      slider[event.key === "ArrowUp" ? "stepUp" : "stepDown"]();
      slider.dispatchEvent(new Event("input"));
    });
    this._show.set(name, show);
    show(value);
    const label = make("label", { htmlFor: id }, describe(name));
    return make("div", { className: "control" }, label, number, slider);
  }

  _makeKeys(objects) {
    const uses = new Map();
    for (const { keys } of objects) for (const { key, does } of keys) if (!uses.has(key)) uses.set(key, does);
    this._keys = new Set(uses.keys());
    const buttons = [...uses].map(([key, does]) => {
      const sign = make("kbd", {}, NAMES[key] ?? key);
      const button = make("button", { type: "button", className: "key" }, sign, make("span", {}, does));
      button.addEventListener("click", () => this._live.press(key));
      return make("li", {}, button);
    });
    find("keys").replaceChildren(...buttons);
    find("keys-section").hidden = !buttons.length;
  }

  _enableKeys() {
    for (const button of find("keys").querySelectorAll("button")) button.disabled = !this._live.isRunning;
    setText(
      find("keys-hint"),
      this._live.isRunning ? "Press the key, or the button." : "They work while the live view runs.",
    );
  }

  /** @param {KeyboardEvent} event */
  _takeKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
    if (!find("use-keys").checked || !this._keys.has(event.key) || !this._live.isRunning) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (isField(target) || (target !== document.body && PAGE_KEYS.includes(event.key))) return;
    event.preventDefault();
    this._live.press(event.key);
  }
}

/**
 * Return whether keys that are pressed there write something, or steer a dialog.
 * @param {HTMLElement} element
 */
function isField(element) {
  if (element.closest("dialog, select, textarea, [contenteditable]")) return true;
  const silent = ["range", "radio", "checkbox", "button", "file", "submit", "reset"];
  return element instanceof HTMLInputElement && !silent.includes(element.type);
}

/** @param {string} name A name as in Python, such as "edge_width". */
function describe(name) {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param {number} value */
function round(value) {
  return Number(value.toFixed(6));
}
