// The answer: every output by programme, with its state, value and article. A line leads to its reasons.

import { byId, element } from "./element.js";
import { outputTitle, pluginTitle } from "./titles.js";
import { say, whenLanguageChanges } from "./language.js";
import { stateBadge, valueText } from "./value.js";

let shown;
const listeners = [];

/** Shows a determination and the document that it is about. */
export function showResult(determination, document) {
  shown = { determination, document, chosen: undefined };
  render();
  listeners.forEach((listener) => listener(undefined));
  byId("result-heading").focus();
}

/** Called with the output whose reasons are wanted, and with undefined when the result changes. */
export function whenOutputIsChosen(listener) {
  listeners.push(listener);
}

whenLanguageChanges(() => shown && render());

function render() {
  const { determination } = shown;
  const programmes = grouped(determination.outputs);
  const isStep = ({ outputs }) => outputs.every(({ role }) => role === "intermediate");
  const steps = programmes.filter(isStep);
  const content = [headline(determination), table(programmes.filter((programme) => !isStep(programme)), say("outputs"))];
  if (steps.length) {
    content.push(element("details", {}, element("summary", {}, say("intermediate")), table(steps, say("intermediate"))));
  }
  byId("result-content").replaceChildren(...content);
}

function headline({ as_of: asOf, division, known_at: known }) {
  const told = say("result-for", { date: asOf, division });
  return element("p", {}, told, " ", element("span", { class: "quiet" }, say("known-at", { instant: known.slice(0, 16).replace("T", " ") })));
}

/** By what stands before the last dot: the programme. */
function grouped(outputs) {
  const programmes = new Map();
  for (const output of outputs) {
    const name = output.name.split(".").slice(0, -1).join(".") || output.name;
    if (!programmes.has(name)) programmes.set(name, []);
    programmes.get(name).push(output);
  }
  return [...programmes.values()].map(statusFirst).toSorted((one, other) => weight(one) - weight(other));
}

function statusFirst(outputs) {
  return { outputs: [...outputs.filter(isStatus), ...outputs.filter((output) => !isStatus(output))] };
}

function isStatus({ role }) {
  return role === "status";
}

/** What the household is entitled to first, then what is still open, then the rest. */
function weight({ outputs }) {
  const states = outputs.map(({ state }) => state);
  return states.includes("eligible") ? 0 : states.includes("undetermined") ? 1 : 2;
}

function table(programmes, caption) {
  const head = ["output", "member", "state", "value", "article"].map((key) => element("th", { scope: "col" }, say(key)));
  return element(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    element("table", { class: "outputs" }, element("thead", {}, element("tr", {}, head)), programmes.map(body)),
  );
}

function body({ outputs }) {
  const [titled] = outputs;
  const plugin = element("span", { class: "quiet" }, pluginTitle(titled.plugin));
  const heading = element("th", { scope: "rowgroup", colspan: "5" }, outputTitle(titled.name), " ", plugin);
  return element("tbody", {}, element("tr", { class: "programme" }, heading), outputs.map(row));
}

function row(output) {
  const isChosen = shown.chosen === output;
  const choose = () => {
    shown.chosen = output;
    for (const button of byId("result-content").querySelectorAll("[aria-expanded]")) button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-expanded", "true");
    listeners.forEach((listener) => listener({ ...shown, output }));
  };
  const attributes = { type: "button", class: "link", "aria-expanded": String(isChosen), "aria-controls": "reasons", onclick: choose };
  const button = element("button", attributes, outputTitle(output.name));
  const index = output.index === undefined ? "" : ` ${say("row-number", { number: output.index + 1 })}`;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, button),
    element("td", {}, `${output.member ?? ""}${index}`),
    element("td", {}, stateBadge(output.state)),
    element("td", { class: "value" }, valueText(output)),
    element("td", {}, articles(output)),
  );
}

/** The law that the steps to this very output cite. */
function articles({ name, member, index }) {
  const reasons = (shown.determination.reasons ?? []).filter((reason) => reason.output === name && reason.member === member && reason.index === index);
  const texts = new Set(reasons.flatMap(({ cites }) => cites.map(({ text }) => text)));
  return [...texts].map((text) => element("div", { lang: "zh-CN" }, text));
}
