// How an output stands and what it is, as words with an icon: no state is told by colour alone.

import { count, ratio, yuan } from "./number.js";
import { element } from "./element.js";
import { factTitle, listOf } from "./titles.js";
import { canSay, say } from "./language.js";

const ICONS = { eligible: "✓", not_eligible: "✕", known: "＝", none: "–", undetermined: "？" };

export function stateBadge(state) {
  const icon = element("span", { "aria-hidden": "true" }, ICONS[state] ?? "·");
  return element("span", { class: `state ${state}` }, icon, " ", say(`state-${state}`));
}

/** The value with its unit; empty where a state says all. */
export function valueText(output) {
  if (output.amount_fen !== undefined) return say("amount", { amount: yuan(output.amount_fen), per: perTexts(output).join(" ") }).trim();
  if (output.number !== undefined) return count(output.number);
  if (output.ratio_millionths !== undefined) return ratio(output.ratio_millionths);
  return writtenText(output.flag ?? output.text ?? "");
}

/** A value as documents, parameter files and reasons write it. */
export function writtenText(value) {
  const words = { true: "yes", false: "no", none: "state-none" };
  return Object.hasOwn(words, value) ? say(words[value]) : String(value);
}

/** `每月`, `每人`. */
export function perTexts({ per = [] }) {
  return per.map((unit) => (canSay(`per-${unit}`) ? say(`per-${unit}`) : unit));
}

/** What somebody has to supply, in words. */
export function missingText({ member, fact, index, list, parameter }) {
  const row = index === undefined ? undefined : `${factTitle(listOf(fact))} ${say("row-number", { number: index + 1 })}`;
  const name = fact ? factTitle(fact) : list && say("whole-list", { list: factTitle(list) });
  const number = parameter && say("missing-parameter", { ...parameter });
  return [member && say("member-named", { name: member }), row, name ?? number].filter(Boolean).join(" · ");
}
