// The few facts that one changes most, as fields over the document. Everything else is edited in the text.

import { byId, element } from "./element.js";
import { household, setHousehold, whenDocumentChanges } from "./editor.js";
import { say, whenLanguageChanges } from "./language.js";
import { codeList, factTitle } from "./titles.js";

const INCOME = "household.income_12_months";
const BIRTH_DATE = "member.birth_date";
let isWriting = false;

export function startForm() {
  bind("division", (home, value) => put(home, "division", value));
  bind("as-of", (home, value) => put(home, "as_of", value));
  bind("yearly-income", (home, value) => put((home.facts ??= {}), INCOME, value));
  byId("add-member").addEventListener("click", addMember);
  whenDocumentChanges(() => isWriting || render());
  whenLanguageChanges(render);
  render();
}

function bind(id, write) {
  byId(id).addEventListener("input", (event) => change((home) => write(home, event.target.value)));
}

/** Writes a field into the document; the field in hand keeps its caret. */
function change(write) {
  const home = household();
  if (!isObject(home)) return;
  write(home);
  isWriting = true;
  setHousehold(home);
  isWriting = false;
}

/** An emptied field is a fact that nobody has stated. */
function put(where, key, value) {
  if (value === "") delete where[key];
  else where[key] = value;
}

function render() {
  const home = household();
  const isReadable = isObject(home);
  byId("fields").disabled = !isReadable;
  byId("fields-note").hidden = isReadable;
  if (!isReadable) return;
  fill(byId("division"), home.division);
  fill(byId("as-of"), home.as_of);
  fill(byId("yearly-income"), home.facts?.[INCOME]);
  byId("yearly-income").title = factTitle(INCOME);
  const members = Array.isArray(home.members) ? home.members : [];
  byId("members").replaceChildren(...members.map(memberRow));
  byId("relations").replaceChildren(...codeList("relation").map(([code, title]) => element("option", { value: code }, title)));
}

/** Several dated statements have no single field; they are edited in the text. */
function fill(input, value) {
  const isPlain = value === undefined || typeof value === "string";
  input.disabled = !isPlain;
  input.placeholder = isPlain ? "" : say("several-statements");
  input.value = isPlain ? (value ?? "") : "";
}

function memberRow(member, index) {
  const name = typeof member?.ref === "string" ? member.ref : String(index + 1);
  const label = (key) => `${say(key)} ${name}`;
  const birth = element("input", {
    type: "date",
    "aria-label": label("birth-date"),
    oninput: (event) => changeMember(index, (entry) => put((entry.facts ??= {}), BIRTH_DATE, event.target.value)),
  });
  const relation = element("input", {
    list: "relations",
    size: 6,
    autocomplete: "off",
    "aria-label": label("relation"),
    oninput: (event) => changeMember(index, (entry) => put(entry, "relation", event.target.value)),
  });
  const remove = element("button", { type: "button", "aria-label": label("remove-member"), onclick: () => removeMember(index) }, "×");
  fill(birth, member?.facts?.[BIRTH_DATE]);
  fill(relation, member?.relation);
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, name),
    element("td", {}, birth),
    element("td", {}, relation),
    element("td", {}, remove),
  );
}

function changeMember(index, write) {
  change((home) => isObject(home.members?.[index]) && write(home.members[index]));
}

function addMember() {
  const home = household();
  if (!isObject(home)) return;
  const members = Array.isArray(home.members) ? home.members : [];
  const taken = new Set(members.map((member) => member?.ref));
  const ref = [..."abcdefghijklmnopqrstuvwxyz"].find((letter) => !taken.has(letter)) ?? `m${members.length}`;
  setHousehold({ ...home, members: [...members, { ref, facts: {} }] });
  byId("members").lastElementChild?.querySelector("input")?.focus();
}

function removeMember(index) {
  const home = household();
  setHousehold({ ...home, members: home.members.filter((_, other) => other !== index) });
  byId("add-member").focus();
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
