// Operators and their spare vehicles.

import { el } from "../../elements/dom.js";
import { word } from "../../language/words.js";
import { listField } from "../elements/fields.js";
import { edit } from "../state/doing.js";
import { state } from "../state/state.js";

export function operatorsRoom(root) {
  const update = () => root.replaceChildren(...state.tables.operators.map(card));
  return { update, topics: "tables" };
}

function card({ id, name, spares }) {
  const count = state.tables.grids.filter(({ operator }) => operator === id).length;
  const save = (values, onFaults) => edit("operator", { operator: id, spares: values }, { onFaults });
  return el("section", { class: "card", "data-operator": id },
    el("h2", { class: "headline", text: name }),
    el("p", { class: "facts", text: `${id} · ${word("grids")} ${count}` }),
    listField(word("edit_spares"), spares, save, { kind: "vehicle", empty: word("edit_no_spares") }));
}
