// Where in a JSON text a JSON pointer leads, so that a mistake can be shown in the text itself.

/** From and to of the entry, key included; of the nearest that there is, where the text has no such entry. */
export function placeOf(text, pointer) {
  const steps = pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  let found = { from: skip(text, 0), value: skip(text, 0) };
  for (const step of steps) {
    const next = entries(text, found.value).find(({ key }) => key === step);
    if (!next) break;
    found = next;
  }
  return { from: found.from, to: endOf(text, found.value) };
}

/** From and to of `line 2, column 12`; to the end of the line. */
export function placeOfLine(text, line, column) {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const to = before + (lines[line - 1]?.length ?? 0);
  return { from: Math.min(before + Math.max(column - 1, 0), to), to };
}

function* walk(text, at) {
  const close = { "{": "}", "[": "]" }[text[at]];
  let index = 0;
  at = skip(text, at + 1);
  while (close && at < text.length && text[at] !== close) {
    const from = at;
    let key = String(index++);
    if (close === "}") {
      const end = endOf(text, at);
      key = unquoted(text.slice(at, end));
      at = skip(text, skip(text, end) + 1);
    }
    yield { key, from, value: at };
    const end = skip(text, endOf(text, at));
    if (text[end] !== ",") return;
    at = skip(text, end + 1);
  }
}

function entries(text, at) {
  return [...walk(text, at)];
}

function unquoted(text) {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

function skip(text, at) {
  while (/\s/.test(text[at] ?? "")) at += 1;
  return at;
}

/** The first place after the value that begins here. */
function endOf(text, at) {
  let depth = 0;
  while (at < text.length) {
    if (text[at] === '"') at = endOfString(text, at);
    else if ("{[".includes(text[at])) (depth += 1), (at += 1);
    else if ("}]".includes(text[at]) && depth > 0) (depth -= 1), (at += 1);
    else if (depth === 0) return endOfWord(text, at);
    else at += 1;
    if (depth === 0) return at;
  }
  return at;
}

function endOfString(text, at) {
  for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === "\\") at += 1;
  return at + 1;
}

function endOfWord(text, at) {
  while (at < text.length && !/[\s,\]}:]/.test(text[at])) at += 1;
  return at;
}
