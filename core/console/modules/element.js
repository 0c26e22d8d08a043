// Elements from calls instead of markup: text is always text, so nothing that a document says can become a tag.

/** `element("p", { class: "quiet", onclick }, "text", child)`. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(2).filter((child) => child !== undefined && child !== null));
  return made;
}

export function byId(id) {
  return document.getElementById(id);
}
