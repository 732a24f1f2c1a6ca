/** The dialog that shows the command line and the Python lines of the chain, to copy. */

import { ask } from "../common/api.js";
import { find, makeSentence, setText } from "../common/dom.js";
import { showError } from "../common/notices.js";

export class Command {
  /** @param {() => string} suggestInput Returns the name of the file that the visitor works with; "" for none. */
  constructor(suggestInput) {
    this._suggestInput = suggestInput;
    /** @type {HTMLDialogElement} */
    this._dialog = find("command-dialog");
    /** @type {HTMLInputElement} */
    this._input = find("command-input");
    find("open-command").addEventListener("click", () => this._open());
    find("close-command").addEventListener("click", () => this._dialog.close());
    this._input.addEventListener("input", () => this._update());
    for (const id of ["command", "python"]) {
      find(`copy-${id}`).addEventListener("click", () => this._copy(find(id)));
    }
  }

  async _open() {
    this._input.value = this._suggestInput() || "clip.mp4";
    setText(find("copied"), "");
    if (await this._update()) this._dialog.showModal();
  }

  /** @returns {Promise<boolean>} Whether the lines are shown. */
  async _update() {
    const name = this._input.value;
    try {
      const { command, python } = await ask("GET", `/api/command?input=${encodeURIComponent(name || "clip.mp4")}`);
      // What was typed meanwhile has a request of its own.
      if (name !== this._input.value) return true;
      setText(find("command"), command);
      setText(find("python"), python);
      setText(find("command-error"), "");
      return true;
    } catch (error) {
      if (this._dialog.open) setText(find("command-error"), makeSentence(/** @type {Error} */ (error).message));
      else showError(error);
      return false;
    }
  }

  /** @param {HTMLElement} text */
  async _copy(text) {
    try {
      await navigator.clipboard.writeText(text.textContent ?? "");
      setText(find("copied"), "Copied.");
    } catch {
      // A page that is not at https or localhost has no clipboard: the text is selected instead.
      getSelection()?.selectAllChildren(text);
      setText(find("copied"), "The text is selected: copy it with Ctrl+C (on a Mac: Command+C).");
    }
  }
}
