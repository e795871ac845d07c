// What has to be seen: files that others changed, a connection that is gone; and what was done.

import { el } from "../../elements/dom.js";
import { onLanguage, word } from "../../language/words.js";
import { onNews, readAgain } from "../state/doing.js";
import { state } from "../state/state.js";

const SHOWN_MS = 6_000;

export function startNotices(root, log) {
  let timer = 0;
  let last = null;
  const show = (node) => {
    clearTimeout(timer);
    root.replaceChildren(...(node ? [node] : []));
  };
  const write = ({ kind, text }) => {
    last = { kind, text };
    if (kind === "read" || kind === "done") return show(null);
    if (kind === "changed") {
      return show(el("p", { class: "notice is-old" }, word("edit_changed_on_disk", { files: text }), " ",
        el("button", {
          type: "button", class: "small-button", id: "read-again", text: word("edit_reload"),
          on: { click: () => (state.status.saved || confirm(word("edit_sure_reload"))) && readAgain() },
        })));
    }
    const style = { lost: "is-lost", fault: "is-old", saved: "is-done" }[kind];
    show(el("p", { class: `notice ${style}`, "data-kind": kind, text }));
    if (kind !== "lost") timer = setTimeout(() => show(null), SHOWN_MS);
    return undefined;
  };
  onNews((news) => {
    write(news);
    if (news.kind === "done") log.replaceChildren(el("p", { text: news.text }));
  });
  onLanguage(() => { if (last?.kind === "changed" && root.firstChild) write(last); });
}
