// Why: the steps to one output, each with its sentence, its article and what it uses, down to facts and dated numbers.

import { byId, element } from "./element.js";
import { factTitle, outputTitle, parameterHistories } from "./titles.js";
import { inLanguage, say, whenLanguageChanges } from "./language.js";
import { missingText, stateBadge, valueText, writtenText } from "./value.js";
import { showHistory } from "./history.js";
import { whenOutputIsChosen } from "./result.js";

/** The determination, its document and the output in question. */
let shown;

export function followResult() {
  whenOutputIsChosen((chosen) => {
    shown = chosen;
    render();
    if (shown) byId("reasons-heading").focus();
  });
  whenLanguageChanges(render);
}

function render() {
  byId("reasons").hidden = !shown;
  if (!shown) return;
  const { output } = shown;
  byId("reasons-heading").textContent = say("reasons-for", { output: titled(output) });
  const standing = element("p", {}, stateBadge(output.state), " ", valueText(output));
  byId("reasons-content").replaceChildren(standing, ...wanted(output), steps(output, []));
}

function titled({ name, member, index }) {
  const row = index === undefined ? undefined : say("row-number", { number: index + 1 });
  return [outputTitle(name), member && say("member-named", { name: member }), row].filter(Boolean).join(" · ");
}

/** What has to be supplied, and what else stands in the way. */
function wanted({ missing = [], hindrances = [] }) {
  const sections = [];
  if (missing.length) {
    const items = missing.map((input) => element("li", {}, missingText(input), " ", element("code", { class: "quiet" }, input.fact ?? input.list ?? input.parameter?.id ?? "")));
    sections.push(element("h3", {}, say("missing")), element("ul", { class: "missing" }, items));
  }
  if (hindrances.length) {
    const items = hindrances.map(({ code, detail }) => element("li", {}, element("code", {}, code), " ", element("span", { lang: "en" }, detail)));
    sections.push(element("h3", {}, say("hindrances")), element("ul", {}, items));
  }
  return sections;
}

function isAbout(reason, { name, member, index }) {
  return reason.output === name && reason.member === member && reason.index === index;
}

/** The steps to an output; `path` holds the outputs that led here, so that no circle is ever walked. */
function steps(output, path) {
  const reasons = (shown.determination.reasons ?? []).filter((reason) => isAbout(reason, output));
  if (reasons.length === 0) return element("p", { class: "quiet" }, say("no-reasons"));
  return element("ol", { class: "steps" }, reasons.map((reason) => step(reason, output, [...path, output])));
}

function step(reason, output, path) {
  const articles = reason.cites.map(({ text }) => element("span", { class: "article", lang: "zh-CN" }, text));
  const value = reason.value === undefined ? undefined : element("span", { class: "quiet" }, `${say("yields")} ${writtenText(reason.value)}`);
  const missing = (reason.missing ?? []).map((name) => element("li", { class: "missing" }, `${say("missing")}: ${factTitle(name)}`));
  const uses = reason.uses.map((name) => element("li", {}, use(name, output, path)));
  return element(
    "li",
    {},
    element("p", { class: "says" }, inLanguage(reason.says), " ", value),
    element("p", {}, articles),
    uses.length || missing.length ? element("ul", { class: "uses", "aria-label": say("uses") }, uses, missing) : undefined,
  );
}

function use(name, output, path) {
  if (name.startsWith("output:")) return usedOutputs(name.slice("output:".length), output, path);
  if (name.startsWith("parameter:")) return usedParameter(name.slice("parameter:".length));
  if (name.startsWith("interpretation:")) return marked("interpretation", element("code", {}, name.slice("interpretation:".length)));
  return usedFact(name, output);
}

function marked(key, ...content) {
  return [element("span", { class: "kind" }, say(key)), element("div", {}, content)];
}

/** Facts that are stated once are shown with their value; dated ones are read in the document. */
function usedFact(name, { member }) {
  const home = shown.document;
  const owner = name.startsWith("household.") || name.startsWith("record.") ? home : home?.members?.find?.(({ ref }) => ref === member);
  const value = owner?.facts?.[name];
  const isPlain = ["string", "number", "boolean"].includes(typeof value);
  return marked("fact", element("span", { title: name }, factTitle(name)), isPlain ? `: ${writtenText(value)}` : undefined);
}

/** `id@division[from]`, or the bare id of a number that nobody has entered. */
function usedParameter(name) {
  const [, id, division, from] = /^([^@]+)(?:@(\d+)\[(.+)\])?$/.exec(name) ?? [undefined, name];
  const title = element("button", { type: "button", class: "link", "aria-haspopup": "dialog", onclick: () => showHistory(id, { division, from, household: shown.determination.division }) }, id);
  parameterHistories(id).then(([history]) => (title.textContent = inLanguage(history?.title) || id), () => {});
  const used = shown.determination.parameters?.find((row) => row.id === id && row.division === division && row.from === from);
  const words = used
    ? say("parameter-used", { value: writtenText(used.value), division, from, confidence: say(`confidence-${used.confidence}`) })
    : say(division ? "parameter-row" : "parameter-absent", { division, from });
  return marked("parameter", title, ` ${words}`);
}

/** Another output opens to its own steps; those of this member where there are such, else all. */
function usedOutputs(name, { member }, path) {
  const { outputs, reasons = [] } = shown.determination;
  const known = outputs.filter((output) => output.name === name);
  for (const reason of reasons.filter((reason) => reason.output === name)) {
    if (!known.some((output) => isAbout(reason, output))) known.push({ name, member: reason.member, index: reason.index });
  }
  const own = known.filter((output) => output.member === member);
  const wantedOnes = own.length ? own : known;
  return marked("used-output", wantedOnes.length ? wantedOnes.map((output) => branch(output, path)) : outputTitle(name));
}

function branch(output, path) {
  const stands = output.state ? [" ", stateBadge(output.state), " ", valueText(output)] : [];
  const isOpenAlready = path.some((other) => other.name === output.name && other.member === output.member && other.index === output.index);
  if (isOpenAlready) return element("div", {}, titled(output), ...stands);
  const details = element("details", {}, element("summary", {}, titled(output), ...stands));
  details.addEventListener("toggle", () => details.append(...wanted(output), steps(output, path)), { once: true });
  return details;
}
