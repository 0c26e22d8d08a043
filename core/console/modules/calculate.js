// 测算: sends the document as it stands and shows the answer or the mistakes.

import { Refused, postText } from "./api.js";
import { byId } from "./element.js";
import { clearMistakes, showMistakes } from "./mistakes.js";
import { household, text } from "./editor.js";
import { say } from "./language.js";
import { showResult } from "./result.js";

export function startCalculation() {
  byId("edit").addEventListener("submit", (event) => {
    event.preventDefault();
    calculate();
  });
}

async function calculate() {
  const [button, status] = [byId("calculate"), byId("calculate-status")];
  button.disabled = true;
  status.textContent = say("calculating");
  try {
    const determination = await postText("/v1/calculate", `{"household":\n${text()}\n}`);
    clearMistakes();
    showResult(determination, household());
    status.textContent = "";
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    status.textContent = say("refused");
    showMistakes(refused.problem);
  } finally {
    button.disabled = false;
  }
}
