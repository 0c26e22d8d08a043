// What things are called: outputs by the installed plugins, parameters by their history, facts by the catalogue.

import { get } from "./api.js";
import { inLanguage } from "./language.js";

const outputs = new Map();
const parameters = new Map();
let plugins = [];
let catalogue = { facts: {}, entities: {}, codes: {} };

/** Names are shown where titles cannot be had. */
export async function loadTitles() {
  plugins = (await get("/v1/plugins").catch(() => ({ items: [] }))).items;
  for (const plugin of plugins) for (const output of plugin.outputs) outputs.set(output.name, output);
  catalogue = await get("/v1/catalogue").catch(() => catalogue);
}

export function outputTitle(name) {
  return inLanguage(outputs.get(name)?.title) || name;
}

/** The title of `id@version`. */
export function pluginTitle(coordinate) {
  const plugin = plugins.find(({ id, version }) => `${id}@${version}` === coordinate);
  return inLanguage(plugin?.title) || coordinate;
}

/** A fact, or a list, which is an entity. */
export function factTitle(name) {
  return inLanguage((catalogue.facts[name] ?? catalogue.entities[name])?.title) || name;
}

/** The list that a fact stands in. */
export function listOf(fact) {
  return catalogue.facts[fact]?.entity ?? fact.split(".")[0];
}

/** Pairs of code and title. */
export function codeList(name) {
  return Object.entries(catalogue.codes[name] ?? {}).map(([code, title]) => [code, inLanguage(title)]);
}

/** The histories of a parameter, one for each plugin that declares it; asked for once. */
export function parameterHistories(id) {
  if (!parameters.has(id)) {
    const histories = get(`/v1/parameters/${encodeURIComponent(id)}`).then(({ items }) => items);
    histories.catch(() => parameters.delete(id));
    parameters.set(id, histories);
  }
  return parameters.get(id);
}
