// Every text of the page, from `locales/*/page.ftl`. The part of Fluent that is read here: one line a message, `{ $argument }`.

const LANGUAGES = [
  { tag: "zh-CN", name: "中文" },
  { tag: "en", name: "English" },
];
const KEPT_UNDER = "nuan.language";

const messages = new Map();
const listeners = [];
let current = LANGUAGES[0];

/** Reads both languages, so that switching asks nobody. */
export async function loadLanguage() {
  for (const { tag } of LANGUAGES) {
    const response = await fetch(`/page/locales/${tag}/page.ftl`);
    messages.set(tag, parse(await response.text()));
  }
  const kept = localStorage.getItem(KEPT_UNDER);
  current = LANGUAGES.find(({ tag }) => tag === kept) ?? LANGUAGES[0];
  translate();
}

export function parse(ftl) {
  const lines = ftl.split("\n").map((line) => /^([a-zA-Z][\w-]*) = (.*)$/.exec(line));
  return new Map(lines.filter(Boolean).map(([, key, text]) => [key, text]));
}

/** The text of a key; the key itself where there is none, so that nothing is ever silently empty. */
export function say(key, values = {}) {
  const text = messages.get(current.tag)?.get(key) ?? key;
  return text.replace(/\{ \$([\w-]+) \}/g, (_, name) => String(values[name] ?? ""));
}

export function canSay(key) {
  return messages.get(current.tag)?.has(key) ?? false;
}

/** A text that the server gives in both languages. */
export function inLanguage(bilingual) {
  return bilingual?.[current.tag] ?? "";
}

export function languageTag() {
  return current.tag;
}

export function otherLanguage() {
  return LANGUAGES.find((language) => language !== current);
}

export function switchLanguage() {
  current = otherLanguage();
  localStorage.setItem(KEPT_UNDER, current.tag);
  translate();
  listeners.forEach((listener) => listener());
}

export function whenLanguageChanges(listener) {
  listeners.push(listener);
}

function translate() {
  document.documentElement.lang = current.tag;
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  for (const node of document.querySelectorAll("[data-say-label]")) node.setAttribute("aria-label", say(node.dataset.sayLabel));
}
