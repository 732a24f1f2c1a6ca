/** Small helpers for elements and texts. Texts go in by `textContent` only: a file's name is never read as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Return the element of an id.
 * @param {string} id
 * @returns {any} The element; its kind is known where it is used.
 */
export function find(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element #${id}.`);
  return element;
}

/**
 * Make an element.
 * @param {string} tag
 * @param {Object<string, any>} properties Properties of the element, or attributes if it has no such property.
 * @param {...(Node|string)} children
 * @returns {any}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/**
 * Make one of the icons that index.html defines.
 * @param {string} name
 * @returns {SVGElement}
 */
export function makeIcon(name) {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  icon.append(use);
  return icon;
}

/**
 * Make a button with an icon and a text.
 * @param {string} icon
 * @param {string} text
 * @param {() => void} onClick
 * @param {string} [name] What it is for those who do not see where it stands, such as "Remove clip.mp4".
 */
export function makeButton(icon, text, onClick, name) {
  const button = make("button", { type: "button", className: "button" }, makeIcon(icon), make("span", {}, text));
  if (name) button.setAttribute("aria-label", name);
  button.addEventListener("click", onClick);
  return button;
}

/**
 * Change a text only if it is another one: a screen reader would read it again.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Return what the server says as a sentence: its messages begin with a small letter, as those of the command line.
 * A text that begins with the name of a file keeps it as it is.
 * @param {string} text
 */
export function makeSentence(text) {
  const begun = /^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return !begun || /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** @param {number} bytes */
export function formatBytes(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; bytes >= 1000 && unit < units.length - 1; unit += 1) bytes /= 1000;
  return `${unit === 0 || bytes >= 100 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}

/**
 * Return a duration in words, such as "8 s" or "3 min".
 * @param {number} seconds
 */
export function formatSeconds(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/**
 * Return a position in a video, such as "1:05".
 * @param {number} seconds
 */
export function formatPosition(seconds) {
  const whole = Math.floor(seconds + 0.05);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/**
 * Return a number and its noun, such as "1 file" or "3 files".
 * @param {number} number
 * @param {string} noun
 */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
