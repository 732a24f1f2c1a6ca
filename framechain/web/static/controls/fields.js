/** The arguments of an object as fields: one control for each, which says what was chosen as a text. */

import { make } from "../common/dom.js";
import { collect } from "../common/settings.js";

let made = 0;

/**
 * Make the fields of an object.
 * @param {any[]} fields As the server describes them.
 * @param {(values: Object<string, string>, name: string) => void} onChange Called with the arguments that are given
 *   after a change, and with the name of the field that was changed.
 * @returns {HTMLElement[]}
 */
export function makeFields(fields, onChange) {
  return fields.map((field) => {
    const id = `argument-${(made += 1)}`;
    const change = (value) => {
      const values = collect(fields);
      // The arguments of a component are of no use to another one.
      const isOfField = (name) => name === field.name || name.startsWith(`${field.name}.`);
      for (const name of Object.keys(values)) if (isOfField(name)) delete values[name];
      if (value !== "") values[field.name] = value;
      onChange(values, field.name);
    };
    const control = makeControl(field, change);
    control.id = id;
    control.dataset.field = field.name;
    const label = make("label", { htmlFor: id, title: field.text }, describe(field.name));
    return make("div", { className: "argument" }, label, control);
  });
}

/**
 * @param {any} field
 * @param {(value: string) => void} change
 * @returns {any}
 */
function makeControl({ kind, value, choices }, change) {
  if (choices.length) {
    // What the server was started with need not be among the choices.
    const all = choices.includes(value) || !value ? choices : [value, ...choices];
    const select = make("select", {}, ...all.map((choice) => make("option", { value: choice }, choice)));
    select.value = value;
    select.addEventListener("change", () => change(select.value));
    return select;
  }
  if (kind === "switch") {
    const box = make("input", { type: "checkbox", checked: value === "true" });
    box.addEventListener("change", () => change(String(box.checked)));
    return box;
  }
  const types = { number: "number", colour: "color" };
  const input = make("input", { type: types[kind] ?? "text", autocomplete: "off" });
  if (kind === "number") input.step = "any";
  if (kind !== "colour" || value) input.value = value;
  input.addEventListener("change", () => {
    // A number that cannot be read would be taken for none.
    if (input.validity.badInput) input.reportValidity();
    else change(input.value.trim());
  });
  return input;
}

/** @param {string} name Such as "matte.min_size". */
function describe(name) {
  const words = name.replaceAll("_", " ").replaceAll(".", ": ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
