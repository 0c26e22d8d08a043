// Where the document comes from: an example, or a household on the register, page by page, with its determinations.

import { Refused, get } from "./api.js";
import { byId, element } from "./element.js";
import { clearMistakes, showMistakes } from "./mistakes.js";
import { EXAMPLES } from "./examples.js";
import { say, whenLanguageChanges } from "./language.js";
import { setHousehold } from "./editor.js";
import { showResult } from "./result.js";

const PAGE = 8;

/** Cursors of the pages up to the one shown; the first page has none. */
let cursors = [undefined];
let page = { items: [] };
let chosen;

export async function startHouseholds() {
  byId("earlier-page").addEventListener("click", () => turnTo(cursors.slice(0, -1)));
  byId("later-page").addEventListener("click", () => turnTo([...cursors, page.next]));
  whenLanguageChanges(render);
  take(EXAMPLES[0].household());
  await turnTo(cursors);
}

async function turnTo(wanted) {
  const after = wanted.at(-1);
  await attempt(async () => {
    page = await get(`/v1/households?division=000000&limit=${PAGE}${after ? `&after=${encodeURIComponent(after)}` : ""}`);
    cursors = wanted;
  });
  render();
}

/** A refusal is shown like every other. */
async function attempt(act) {
  try {
    await act();
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    showMistakes(refused.problem);
  }
}

function take(household) {
  clearMistakes();
  setHousehold(household);
}

function render() {
  byId("examples").replaceChildren(...EXAMPLES.map(exampleButton));
  byId("households").replaceChildren(...page.items.map(householdChoice));
  byId("earlier-page").disabled = cursors.length < 2;
  byId("later-page").disabled = !page.next;
  byId("households-status").textContent = page.items.length ? say("page", { number: cursors.length }) : say("none-stored");
  renderDeterminations();
}

function exampleButton({ key, household }) {
  const choose = () => {
    chosen = undefined;
    take(household());
    render();
  };
  return element("button", { type: "button", onclick: choose }, say(key));
}

function householdChoice({ id, division, received_at: received }) {
  const isChosen = chosen?.household.id === id;
  const button = element("button", { type: "button", "aria-pressed": String(isChosen), onclick: () => choose(id) }, element("code", {}, short(id)));
  const place = element("span", { class: "quiet" }, `${division} · ${received.slice(0, 10)}`);
  return element("li", {}, button, " ", place);
}

/** Ids sort by time, so that their ends tell them apart. */
function short(id) {
  return `…${id.slice(-12)}`;
}

async function choose(id) {
  await attempt(async () => {
    const [household, determinations] = await Promise.all([
      get(`/v1/households/${id}`),
      get(`/v1/households/${id}/determinations?limit=${PAGE}`),
    ]);
    chosen = { household, determinations: determinations.items };
    take(household.document);
  });
  render();
}

function renderDeterminations() {
  const section = byId("determinations");
  const items = chosen?.determinations ?? [];
  section.hidden = items.length === 0;
  const shown = ({ id, as_of: asOf, created_at: created }) =>
    element("li", {}, element("button", { type: "button", onclick: () => showStored(id) }, say("determination-of", { date: asOf })), " ",
      element("span", { class: "quiet" }, created.slice(0, 10)));
  section.replaceChildren(element("h3", {}, say("stored-determinations")), element("ul", { class: "choices" }, items.map(shown)));
}

async function showStored(id) {
  await attempt(async () => {
    const determination = await get(`/v1/determinations/${id}`);
    clearMistakes();
    showResult(determination, chosen.household.document);
  });
}
