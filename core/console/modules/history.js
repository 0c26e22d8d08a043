// A number of the law with its history, in a panel at the side: which row was used, what held before, what holds elsewhere.

import { byId, element } from "./element.js";
import { Refused } from "./api.js";
import { inLanguage, say, whenLanguageChanges } from "./language.js";
import { parameterHistories, pluginTitle } from "./titles.js";
import { perTexts, writtenText } from "./value.js";

let shown;

/** Opens the panel for a parameter; `used` names the row and the household's division. */
export async function showHistory(id, used) {
  let histories;
  try {
    histories = await parameterHistories(id);
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    histories = [];
  }
  shown = { id, used, histories, isEverywhere: false };
  render();
  byId("history").showModal();
}

whenLanguageChanges(() => shown && render());

function render() {
  const { id, histories } = shown;
  byId("history-heading").textContent = inLanguage(histories[0]?.title) || id;
  const everywhere = element("input", { type: "checkbox", onchange: (event) => ((shown.isEverywhere = event.target.checked), renderTables()) });
  everywhere.checked = shown.isEverywhere;
  byId("history-content").replaceChildren(
    element("p", {}, element("code", {}, id)),
    element("label", { class: "check" }, everywhere, " ", say("everywhere")),
    element("div", { id: "history-tables" }),
  );
  renderTables();
}

function renderTables() {
  const { histories } = shown;
  const tables = histories.map(table);
  byId("history-tables").replaceChildren(...(tables.length ? tables : [element("p", {}, say("no-history"))]));
}

function table(history) {
  const rows = history.values.filter((row) => shown.isEverywhere || concerns(row, shown.used.household));
  const head = ["from", "until", "value", "division", "confidence", "ground"].map((key) => element("th", { scope: "col" }, say(key)));
  const unit = [history.type === "money" ? say("in-yuan") : history.unit, ...perTexts(history)].filter(Boolean).join(" ");
  return element(
    "table",
    {},
    element("caption", {}, pluginTitle(history.plugin), unit ? ` · ${unit}` : ""),
    element("thead", {}, element("tr", {}, head)),
    element("tbody", {}, rows.toReversed().map(line)),
  );
}

/** A row holds for its division and all below it, or for those alone that it covers. */
function concerns({ division, covers = [] }, place) {
  if (covers.length) return covers.some((covered) => place.startsWith(stem(covered)));
  return place.startsWith(stem(division));
}

/** `330100` begins every code below it with `3301`. */
function stem(division) {
  return division.replace(/(00)+$/, "");
}

function line(row) {
  const { division, from } = shown.used;
  const isUsed = row.division === division && row.from === from;
  const used = isUsed ? element("strong", {}, ` ← ${say("used-here")}`) : undefined;
  const { cites } = row;
  const law = cites && [cites.instrument, cites.article].filter(Boolean).join(" ");
  return element(
    "tr",
    { class: isUsed ? "used" : undefined },
    element("th", { scope: "row" }, row.from),
    element("td", {}, row.until ?? ""),
    element("td", { class: "value" }, writtenText(row.value), used),
    element("td", {}, (row.covers ?? [row.division]).join(" ")),
    element("td", {}, say(`confidence-${row.confidence}`)),
    element("td", {}, law ?? row.interpretation ?? row.source ?? ""),
  );
}
