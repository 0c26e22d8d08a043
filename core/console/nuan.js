// The first page: choose or edit a household, calculate, read the reasons. Plain modules, no build, nothing from elsewhere.

import { followResult } from "./modules/reasons.js";
import { loadLanguage, otherLanguage, switchLanguage, whenLanguageChanges } from "./modules/language.js";
import { loadTitles } from "./modules/titles.js";
import { startEditor } from "./modules/editor.js";
import { startForm } from "./modules/form.js";
import { startHouseholds } from "./modules/households.js";
import { startCalculation } from "./modules/calculate.js";
import { byId } from "./modules/element.js";

function startLanguageButton() {
  const button = byId("language");
  const label = () => {
    const other = otherLanguage();
    button.lang = other.tag;
    button.textContent = other.name;
  };
  button.addEventListener("click", switchLanguage);
  whenLanguageChanges(label);
  label();
}

await loadLanguage();
startLanguageButton();
await loadTitles();
startEditor();
startForm();
followResult();
startCalculation();
await startHouseholds();
