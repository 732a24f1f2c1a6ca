/** What the server says about itself and the look of the chain, and changes of it. */

import { ask } from "./api.js";
import { showError } from "./notices.js";

/** Milliseconds between two changes that are sent: a slider that is dragged makes far more. */
const PAUSE = 60;

/**
 * @param {any} look
 * @param {any} change
 * @returns {any} The look after the change.
 */
function join(look, change) {
  return { ...look, ...change, values: { ...look.values, ...change.values } };
}

/**
 * @param {any[]} fields As the server describes them.
 * @returns {Object<string, string>} The values that are given, by name.
 */
export function collect(fields) {
  return Object.fromEntries(fields.filter(({ given }) => given).map(({ name, value }) => [name, value]));
}

/**
 * Keeps the server's state. Events: "state" when all of it is new, "look" when only the look is, "objects" when the
 * chain has other objects than before.
 */
export class Settings extends EventTarget {
  constructor() {
    super();
    /** @type {any} The last answer of /api/state; null before the first. */
    this.state = null;
    /** @type {{background?: string, values: Object<string, number>} | null} Changes that are not sent yet. */
    this._waiting = null;
    this._sending = false;
  }

  /**
   * Ask for the state.
   * @throws {Refusal}
   */
  async load() {
    const state = await ask("GET", "/api/state");
    // The answer does not know yet what is still to be sent.
    if (this._waiting) state.look = join(state.look, this._waiting);
    const before = this.state;
    this.state = state;
    this.dispatchEvent(new Event("state"));
    if (!before) return;
    const hasChanged = JSON.stringify(before.list) !== JSON.stringify(state.list);
    if (before.instance !== state.instance) {
      if (hasChanged) await this._restoreObjects(before.list ?? []);
      this._restore(before.look);
    } else if (hasChanged) this.dispatchEvent(new Event("objects"));
  }

  /**
   * Give the chain other objects.
   * @param {{place: number | null, name: string, arguments: Object<string, string>}[]} objects
   * @throws {Refusal}
   */
  async changeObjects(objects) {
    await ask("POST", "/api/objects", { objects });
    await this.load();
  }

  /**
   * Give a server that was started anew the objects of before, as far as it has them.
   * @param {any[]} list
   */
  async _restoreObjects(list) {
    const free = new Map((this.state.list ?? []).map(({ name }, place) => [name, place]));
    const objects = list.map(({ name, fields }) => {
      const place = free.get(name) ?? null;
      free.delete(name);
      return { place, name, arguments: collect(fields) };
    });
    // An object that this server does not have is no reason to disturb.
    if (this.state.list && objects.length) await this.changeObjects(objects).catch(() => {});
  }

  /**
   * Give a server that was started anew the look of before, as far as it knows what that needs.
   * @param {any} look
   */
  _restore(look) {
    const { backgrounds, objects } = this.state;
    const numbers = objects.flatMap(({ tunables }) => tunables);
    const isKnown = ([name, value]) =>
      numbers.some((number) => number.name === name && number.minimum <= value && value <= number.maximum);
    const values = Object.fromEntries(Object.entries(look.values).filter(isKnown));
    const listed = backgrounds.some(({ value, own }) => value === look.background && !own);
    const change = listed && look.background !== this.state.look.background ? { background: look.background } : {};
    if (Object.keys(values).length || change.background) this.change({ ...change, values });
  }

  /**
   * Change the look; changes that come fast are joined, and the last one always arrives.
   * @param {{background?: string, values?: Object<string, number>}} change
   */
  change(change) {
    this._waiting = join(this._waiting ?? {}, change);
    this.state.look = join(this.state.look, change);
    this.dispatchEvent(new Event("look"));
    this._send();
  }

  /** Go back to what the server began with. */
  async reset() {
    this._waiting = null;
    try {
      await ask("POST", "/api/look/reset", {});
      await this.load();
    } catch (error) {
      showError(error);
    }
  }

  /**
   * Take the look that the server reports, such as after a key changed a value.
   * @param {any} look
   */
  takeLook(look) {
    // What the visitor has just changed counts more than what the server reports of a moment before.
    if (this._waiting || this._sending) return;
    const changed = look.background !== this.state.look.background;
    this.state.look = look;
    this.dispatchEvent(new Event("look"));
    if (changed) this.load().catch(showError);
  }

  async _send() {
    if (this._sending) return;
    this._sending = true;
    while (this._waiting) {
      const change = this._waiting;
      this._waiting = null;
      try {
        await ask("POST", "/api/look", change);
        // Another background may have other numbers to set.
        if (change.background !== undefined && !this._waiting) await this.load();
      } catch (error) {
        showError(error);
        await this.load().catch(() => {});
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    this._sending = false;
  }
}
