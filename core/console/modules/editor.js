// The document as text with line numbers. It is the only home of the household being edited; the form reads and writes it.

import { byId } from "./element.js";

const listeners = [];

export function startEditor() {
  const area = byId("document");
  area.addEventListener("input", changed);
  area.addEventListener("scroll", () => (byId("line-numbers").scrollTop = area.scrollTop));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("edit").requestSubmit();
  });
  changed();
}

export function text() {
  return byId("document").value;
}

/** The household, or undefined while the text is not JSON. */
export function household() {
  try {
    return JSON.parse(text());
  } catch {
    return undefined;
  }
}

export function setHousehold(household) {
  byId("document").value = JSON.stringify(household, undefined, 2);
  changed();
}

export function whenDocumentChanges(listener) {
  listeners.push(listener);
}

/** Selects a place and scrolls to it. */
export function show({ from, to }) {
  const area = byId("document");
  const line = area.value.slice(0, from).split("\n").length;
  area.focus();
  area.setSelectionRange(from, to);
  const height = area.scrollHeight / area.value.split("\n").length;
  area.scrollTop = Math.max(0, (line - 4) * height);
  area.scrollIntoView({ block: "nearest" });
}

function changed() {
  const lines = text().split("\n").length;
  byId("line-numbers").textContent = Array.from({ length: lines }, (_, index) => index + 1).join("\n");
  listeners.forEach((listener) => listener());
}
