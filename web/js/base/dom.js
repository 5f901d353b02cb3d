// Makes elements. Strings always become text nodes, so data can never become markup.

/** `h("button", { class: "quiet", onclick: f }, "Copy")` */
export const h = (tag, props = {}, ...children) => fill(document.createElement(tag), props, children);

/** The same for the elements of a drawing. */
export const svg = (tag, props = {}, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);

const isThere = (value) => value !== null && value !== undefined && value !== false;

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props).filter(([, each]) => isThere(each))) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter(isThere));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Shows `text` in `element`, or hides the element when there is none. */
export function say(element, text) {
  if (element.textContent !== (text ?? "")) element.textContent = text ?? "";
  element.hidden = !text;
}

/** Says something to people who hear the page; what is said again has to look new. */
export function announce(text) {
  const place = byId("announce");
  place.textContent = place.textContent === text ? `${text}\u00a0` : text;
}

/**
 * Makes `place` hold `children`. What looks as before stays the element that it was, with the focus and its listeners:
 * the attributes of a button have to tell what it does it to.
 */
export function redraw(place, ...children) {
  const wanted = children.flat().filter(isThere);
  wanted.forEach((child, at) => {
    const old = place.childNodes[at];
    if (old === undefined) place.append(child);
    else if (old.isEqualNode(child)) return;
    else if (old.cloneNode().isEqualNode(child.cloneNode())) redraw(old, ...child.childNodes);
    else old.replaceWith(child);
  });
  while (place.childNodes.length > wanted.length) place.lastChild.remove();
}
