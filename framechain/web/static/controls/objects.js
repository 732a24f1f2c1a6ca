/** The list of objects: their order and arguments, and others to add. */

import { ask } from "../common/api.js";
import { find, make, makeIcon, setText } from "../common/dom.js";
import { say, showError } from "../common/notices.js";
import { collect } from "../common/settings.js";
import { makeFields } from "./fields.js";

export class Objects {
  /** @param {import("../common/settings.js").Settings} settings */
  constructor(settings) {
    this._settings = settings;
    this._list = find("objects");
    /** @type {HTMLDetailsElement} */
    this._adding = find("add-object");
    /** @type {HTMLSelectElement} */
    this._choice = find("new-object");
    /** What can be added, by name. */
    this._offers = new Map();
    /** The fields of the object to add. */
    this._fields = [];
    /** The list as text: it is made anew only if it changes. */
    this._made = "";
    /** Whether the arguments of an object are shown, in the order of the list. */
    this._open = [];
    /** Changes are sent one after another. */
    this._last = Promise.resolve();
    settings.addEventListener("state", () => this._update());
    this._adding.addEventListener("toggle", () => this._adding.open && this._loadOffers());
    this._choice.addEventListener("change", () => this._choose());
    find("add").addEventListener("click", () => this._add());
  }

  _update() {
    const { list } = this._settings.state;
    find("objects-section").hidden = !list;
    const made = JSON.stringify(list);
    if (!list || made === this._made) return;
    this._made = made;
    this._list.replaceChildren(...list.map((object, place) => this._makeItem(object, place, list.length)));
  }

  _makeItem({ name, package: origin, line, fields }, place, length) {
    const title = make("span", { className: "object-name", title: line }, name);
    if (origin) title.append(" ", make("small", {}, origin));
    const up = this._makeButton("up", `Move ${name} up`, () => this._move(place, place - 1));
    const down = this._makeButton("down", `Move ${name} down`, () => this._move(place, place + 1));
    const remove = this._makeButton("close", `Remove ${name}`, () => this._remove(place, name));
    up.disabled = place === 0;
    down.disabled = place === length - 1;
    remove.disabled = length === 1;
    const item = make("li", { className: "object" }, make("div", { className: "object-head" }, title, up, down, remove));
    if (fields.length) {
      const values = makeFields(fields, (values, field) => this._set(place, values, field));
      const fold = make(
        "details",
        { className: "fold", open: Boolean(this._open[place]) },
        make("summary", {}, `Arguments of ${name}`),
        make("div", { className: "controls" }, ...values),
      );
      fold.addEventListener("toggle", () => (this._open[place] = fold.open));
      item.append(fold);
    }
    return item;
  }

  _makeButton(icon, text, onClick) {
    const button = make("button", { type: "button", className: "button bare", title: text }, makeIcon(icon));
    button.setAttribute("aria-label", text);
    button.dataset.act = icon;
    button.addEventListener("click", onClick);
    return button;
  }

  /** The list as the server takes it. */
  _collect() {
    return this._settings.state.list.map(({ name, fields }, place) => ({ place, name, arguments: collect(fields) }));
  }

  /**
   * Change the list.
   * @param {(objects: any[], open: boolean[]) => void} change Changes both in place.
   * @param {string} selector What gets the focus then, if it can.
   * @returns {Promise<boolean>} Whether the server took it.
   */
  _change(change, selector) {
    const result = this._last.then(async () => {
      const objects = this._collect();
      const open = objects.map((_, place) => Boolean(this._open[place]));
      const before = this._open;
      change(objects, open);
      this._open = open;
      try {
        await this._settings.changeObjects(objects);
      } catch (error) {
        this._open = before;
        showError(error);
        // The fields show again what is.
        this._made = "";
        await this._settings.load().catch(() => {});
      }
      this._focus(selector);
      return this._open === open;
    });
    this._last = result.then(() => {});
    return result;
  }

  /** @param {string} selector */
  _focus(selector) {
    if (!selector || (document.activeElement && document.activeElement !== document.body)) return;
    const found = [...this._list.querySelectorAll(selector)].find((element) => !element.disabled);
    (found ?? find("objects-heading")).focus();
  }

  async _move(from, to) {
    const { name } = this._settings.state.list[from];
    const taken = await this._change((...lists) => {
      for (const list of lists) list.splice(to, 0, ...list.splice(from, 1));
    }, `li:nth-child(${to + 1}) [data-act=${to < from ? "up" : "down"}], li:nth-child(${to + 1}) button`);
    if (taken) say(`${name} is number ${to + 1} now.`);
  }

  async _remove(place, name) {
    const taken = await this._change((...lists) => {
      for (const list of lists) list.splice(place, 1);
    }, `li:nth-child(${Math.max(1, place)}) button`);
    if (taken) say(`${name} is removed.`);
  }

  _set(place, values, field) {
    this._change((objects) => {
      objects[place].arguments = values;
    }, `li:nth-child(${place + 1}) [data-field="${CSS.escape(field)}"]`);
  }

  // What can be added

  async _loadOffers() {
    if (this._offers.size) return;
    try {
      const { objects } = await ask("GET", "/api/objects");
      this._offers = new Map(objects.map((object) => [object.name, object]));
    } catch (error) {
      showError(error);
      return;
    }
    const options = [...this._offers.values()].map(({ name, package: origin }) =>
      make("option", { value: name }, origin ? `${name} (${origin})` : name),
    );
    this._choice.replaceChildren(...options);
    this._choose();
  }

  _choose() {
    const { line, fields } = this._offers.get(this._choice.value);
    setText(find("new-line"), line);
    this._showFields(fields);
  }

  _showFields(fields) {
    this._fields = fields;
    const made = makeFields(fields, (values, name) => this._describe(values, name));
    find("new-fields").replaceChildren(...made);
  }

  /** Keep what was chosen: another component has other fields. */
  async _describe(values, changed) {
    const name = this._choice.value;
    try {
      const { fields } = await ask("POST", "/api/objects/fields", { name, arguments: values });
      if (name !== this._choice.value) return;
      const focused = find("new-fields").contains(document.activeElement);
      this._showFields(fields);
      if (focused) find("new-fields").querySelector(`[data-field="${CSS.escape(changed)}"]`)?.focus();
    } catch (error) {
      showError(error);
    }
  }

  async _add() {
    const name = this._choice.value;
    const object = { place: null, name, arguments: collect(this._fields) };
    if (!name || !(await this._change((objects) => objects.push(object), ""))) return;
    say(`${name} is added at the end.`);
    this._choose();
  }
}
