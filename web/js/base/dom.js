// Makes elements. Strings always become text nodes, so data can never become markup.

const SVG = "http://www.w3.org/2000/svg";

/** `h("button", { class: "quiet", onclick: f }, "Copy")` */
export const h = (tag, props = {}, ...children) => fill(document.createElement(tag), props, children);

/** The same for the elements of a drawing. */
export const svg = (tag, props = {}, ...children) => fill(document.createElementNS(SVG, tag), props, children);

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Shows `text` in `element`, or hides the element when there is none. */
export function say(element, text) {
  if (element.textContent !== (text ?? "")) element.textContent = text ?? "";
  element.hidden = !text;
}
