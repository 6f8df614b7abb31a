// What every working element shares: its value, its name, and where a change of it goes.
import { createContext, useContext, useState } from "react";
import { InBlock, Surface } from "./blocks.jsx";
import { fieldOf, initialOf } from "./values.js";

/** What the label of an input block gives its control: {id, "aria-describedby", "aria-invalid", required}. */
export const Labelled = createContext(null);

/** An element's value and how to change it. Outside an input block (or with dispatch_action) a change is an action. */
export function useControl(element) {
  const surface = useContext(Surface);
  const block = useContext(InBlock);
  const [own, setOwn] = useState(null);
  const label = useContext(Labelled);
  const place = [block?.block_id, element.action_id];
  const start = initialOf(element);
  // A card drawn anew by the app starts anew: a choice counts only for the block and the start it was made on.
  const made = JSON.stringify([place, start]);
  const held = surface.form ? surface.form.read(...place) : own?.made === made ? own.chosen : null;
  const chosen = held ?? start;
  const save = (next) => (surface.form ? surface.form.write(...place, next) : setOwn({ made, chosen: next }));
  const acts = block?.type !== "input" || block.dispatch_action === true;
  const send = async (next) => {
    if (acts && !(await surface.act(block.block_id, element, next))) save(held ?? null);
  };
  const choose = (held_, { sent = true } = {}) => {
    const next = { type: element.type, [fieldOf(element.type)]: held_ };
    save(next);
    return sent ? send(next) : undefined;
  };
  const name = label ?? { "aria-label": element.placeholder?.text ?? element.accessibility_label ?? "Choose" };
  const busy = surface.busy === place.join("/");
  return { value: chosen[fieldOf(element.type)], choose, name, busy, labelled: Boolean(label), acts };
}
