/** The list of backgrounds: thumbnails to choose from, a colour of one's own, uploads. */

import { ask, upload } from "../common/api.js";
import { remember } from "../common/connection.js";
import { find, formatBytes, make, makeIcon } from "../common/dom.js";
import { say, setStanding, showError } from "../common/notices.js";

const COLOUR = /^#[0-9a-f]{6}$/i;

export class Backgrounds {
  /** @param {import("../common/settings.js").Settings} settings */
  constructor(settings) {
    this._settings = settings;
    this._list = find("background-list");
    /** The list as text: it is made anew only if it changes. */
    this._made = "";
    /** The colour of one's own that was chosen last. */
    this._colour = "#2b6a8f";
    settings.addEventListener("state", () => this._update());
    settings.addEventListener("look", () => this._showChoice());
    /** @type {HTMLInputElement} */
    const file = find("upload-background");
    file.addEventListener("change", () => {
      const [chosen] = file.files ?? [];
      if (chosen) this._upload(chosen);
      // The same file can be chosen again.
      file.value = "";
    });
  }

  _update() {
    const { backgrounds, has_background: has } = this._settings.state;
    find("background").hidden = !has;
    const own = backgrounds.filter((background) => background.own);
    remember(
      "background",
      own.map(({ name }) => name),
    );
    const made = JSON.stringify(backgrounds);
    if (made !== this._made) {
      this._made = made;
      const focused = this._list.contains(document.activeElement);
      this._list.replaceChildren(...backgrounds.map((background) => this._makeItem(background)), this._makeOwnColour());
      this._showChoice();
      if (focused) this._list.querySelector("input:checked")?.focus();
    }
    this._showChoice();
  }

  _showChoice() {
    const { background } = this._settings.state.look;
    const choices = [...this._list.querySelectorAll("input[name=background]")];
    const listed = choices.find((choice) => choice.value === background && !choice.dataset.own);
    for (const choice of choices) choice.checked = choice === listed;
    const own = choices.find((choice) => choice.dataset.own);
    if (!listed && own && COLOUR.test(background)) {
      own.checked = true;
      this._setColour(background);
    }
  }

  _makeItem(background) {
    const { value, name, own } = background;
    const choice = make("input", { type: "radio", name: "background", value });
    choice.addEventListener("change", () => this._settings.change({ background: value }));
    const label = make("label", { title: name }, choice, makeThumbnail(background), make("span", { className: "name" }, name));
    const item = make("div", { className: "item" }, label);
    if (own) {
      const remove = make("button", { type: "button", className: "remove" }, makeIcon("close"));
      remove.setAttribute("aria-label", `Remove the background ${name}`);
      remove.addEventListener("click", () => this._remove(background));
      item.append(remove);
    }
    return item;
  }

  _makeOwnColour() {
    const choice = make("input", { type: "radio", name: "background", value: this._colour });
    choice.dataset.own = "yes";
    choice.setAttribute("aria-label", "A colour of your own");
    choice.addEventListener("change", () => this._settings.change({ background: this._colour }));
    const picker = make("input", { type: "color", id: "own-colour", value: this._colour });
    picker.setAttribute("aria-label", "Choose a colour of your own");
    picker.addEventListener("input", () => {
      this._setColour(picker.value);
      this._settings.change({ background: picker.value });
    });
    const thumbnail = make("span", { className: "thumbnail picker" }, picker);
    const text = make("span", { className: "name" }, "Own colour");
    return make("div", { className: "item choice" }, choice, thumbnail, text);
  }

  /** @param {string} colour */
  _setColour(colour) {
    this._colour = colour;
    find("own-colour").value = colour;
    this._list.querySelector("input[data-own]").value = colour;
  }

  /** @param {File} file */
  async _upload(file) {
    const { upload: limit } = this._settings.state.limits;
    if (file.size > limit) {
      showError(`${file.name} has ${formatBytes(file.size)}; the server takes files up to ${formatBytes(limit)}.`);
      return;
    }
    const name = encodeURIComponent(file.name);
    const { answer } = upload(`/api/backgrounds?name=${name}`, file, (share) =>
      setStanding(`Sending ${file.name}: ${Math.round(share * 100)} %`),
    );
    try {
      const { value } = await answer;
      say(`${file.name} is a background now.`);
      this._settings.change({ background: value });
    } catch (error) {
      showError(error);
    }
    setStanding("");
  }

  async _remove({ value, name }) {
    try {
      await ask("DELETE", `/api/backgrounds/${encodeURIComponent(value.replace(/^item:/, ""))}`);
      say(`The background ${name} is removed.`);
      await this._settings.load();
      this._list.querySelector("input")?.focus();
    } catch (error) {
      showError(error);
    }
  }
}

/** @returns {HTMLElement} */
function makeThumbnail({ kind, value, thumbnail }) {
  const box = make("span", { className: `thumbnail ${kind}` });
  if (thumbnail) box.append(make("img", { src: thumbnail, alt: "", loading: "lazy" }));
  // Colours are set here and not in the style sheet: any colour may come.
  else if (COLOUR.test(value)) box.style.backgroundColor = value;
  if (kind === "blur") box.append(makeIcon("blur"));
  if (kind === "video") box.append(makeIcon("play"));
  return box;
}
