// Language and theme.

import { el, mark, say } from "../elements/dom.js";
import { switchTheme } from "../elements/theme.js";
import { currentLanguage, LANGUAGES, onLanguage, setLanguage, word } from "../language/words.js";

export function startSwitches(root, ...more) {
  const language = el("button", {
    type: "button", class: "small-button", id: "language",
    on: { click: () => setLanguage(LANGUAGES.find((name) => name !== currentLanguage())) },
  });
  const theme = el("button", {
    type: "button", class: "small-button", id: "theme", on: { click: switchTheme },
  }, el("span", { "aria-hidden": "true", text: "◐" }));
  const name = () => {
    say(language, word("language"));
    mark(language, "lang", currentLanguage() === "zh" ? "en" : "zh-CN");
    mark(theme, "aria-label", word("theme"));
    mark(theme, "title", word("theme"));
  };
  onLanguage(name);
  name();
  root.append(language, theme, ...more);
}
