// Requests. A refusal is thrown with its problem; a server that cannot be reached is a problem too.

import { say } from "./language.js";

export class Refused extends Error {
  constructor(problem) {
    super(problem.title);
    this.problem = problem;
  }
}

export function get(path) {
  return ask(path, {});
}

/** Sends text that should be JSON; whether it is, the server says, with line and column. */
export function postText(path, body) {
  return ask(path, { method: "POST", headers: { "content-type": "application/json" }, body });
}

async function ask(path, request) {
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new Refused({ code: "", title: say("unreachable"), errors: [] });
  }
  const body = await response.json().catch(() => ({ code: String(response.status), title: response.statusText, errors: [] }));
  if (!response.ok) throw new Refused(body);
  return body;
}
