// What was refused, at the top, each mistake with a link to its place in the document.

import { byId, element } from "./element.js";
import { canSay, languageTag, say, whenLanguageChanges } from "./language.js";
import { placeOf, placeOfLine } from "./place.js";
import { show, text } from "./editor.js";

let shown;

export function clearMistakes() {
  shown = undefined;
  render();
}

export function showMistakes(problem) {
  shown = problem;
  render();
  byId("mistakes").focus();
}

whenLanguageChanges(render);

function render() {
  const section = byId("mistakes");
  section.hidden = !shown;
  if (!shown) return section.replaceChildren();
  const { code, title, errors = [], request_id: request } = shown;
  section.replaceChildren(
    element("h2", {}, said(code) ?? title),
    element("ul", {}, errors.map((mistake) => element("li", {}, link(mistake), " ", ...details(mistake)))),
    element("p", { class: "quiet" }, [code, request].filter(Boolean).join(" · ")),
  );
}

function said(code) {
  return canSay(`mistake-${code}`) ? say(`mistake-${code}`) : undefined;
}

/** The server's own words stay beside ours: they name what was expected. */
function details({ code, detail, hint }) {
  const words = [detail, hint].filter(Boolean).join("; ");
  const original = element("span", { lang: "en", class: languageTag() === "en" ? undefined : "quiet" }, words);
  return [languageTag() === "en" ? undefined : said(code), " ", original].filter(Boolean);
}

function link(mistake) {
  const place = placeIn(mistake.path);
  const name = nameOf(mistake.path);
  if (!place) return element("code", {}, name);
  const jump = (event) => {
    event.preventDefault();
    show(placeIn(mistake.path));
  };
  return element("a", { href: "#document", onclick: jump }, name);
}

/** The document stands under `/household`, from the second line of what was sent. */
function nameOf(path) {
  const found = lineIn(path);
  return found ? say("line-and-column", found) : path.replace(/^\/household/, "") || say("document");
}

function lineIn(path) {
  const [, line, column] = /^line (\d+), column (\d+)$/.exec(path) ?? [];
  return line && { line: Number(line) - 1, column: Number(column) };
}

function placeIn(path) {
  const found = lineIn(path);
  if (found) return placeOfLine(text(), found.line, found.column);
  return path.startsWith("/household") ? placeOf(text(), path.slice("/household".length)) : undefined;
}
