/** The two lines that speak to the visitor: #status tells what happens, #error what went wrong. */

import { find, makeSentence, setText } from "./dom.js";

const SECONDS = 8;

let standing = "";
let timer = 0;

/**
 * Say something for some seconds.
 * @param {string} text
 */
export function say(text) {
  clearTimeout(timer);
  setText(find("status"), makeSentence(text));
  timer = setTimeout(() => {
    timer = 0;
    setText(find("status"), standing);
  }, SECONDS * 1000);
}

/**
 * Say something for as long as it is true; "" when it is no more.
 * @param {string} text
 */
export function setStanding(text) {
  if (text === standing) return;
  standing = text;
  if (text) {
    clearTimeout(timer);
    timer = 0;
  }
  if (!timer) setText(find("status"), standing);
}

/**
 * Show an error until it is closed or another takes its place.
 * @param {unknown} error An `Error`, or a sentence.
 */
export function showError(error) {
  const text = makeSentence(error instanceof Error ? error.message : String(error));
  find("error-box").hidden = false;
  // An alert is read when its text changes: the same error again is news too.
  find("error").textContent = "";
  requestAnimationFrame(() => setText(find("error"), text));
}

/** Take the error away. */
export function clearError() {
  find("error-box").hidden = true;
  find("error").textContent = "";
}

/** Let the visitor close the error. */
export function beginNotices() {
  find("close-error").addEventListener("click", clearError);
}
