// Choosing: selects of one, selects of many, radio buttons and check boxes.
import { useId, useRef } from "react";
import { Words } from "./blocks.jsx";
import { useControl } from "./control.jsx";
import { channelName, shownName, useWorld } from "./world.js";

const keyOf = (option) => option?.value ?? "";

/** The choices of any select as [{label, options: [{value, text}]}], and how to get back what Slack wants. */
function useChoices(data) {
  const world = useWorld();
  const kind = data.type.replace(/^multi_/, "");
  const plain = (list) => ({ groups: [{ options: list }], give: (value) => value, hold: (held) => held });
  if (kind === "users_select")
    return plain(world.people.map((person) => ({ value: person.id, text: shownName(person) })));
  if (kind === "channels_select" || kind === "conversations_select") {
    const wanted = [...world.channels.values()].filter((channel) => kind === "conversations_select" || channel.kind !== "im");
    const sign = (channel) => (channel.kind === "im" ? "" : "#");
    return plain(wanted.map((channel) => ({ value: channel.id, text: sign(channel) + channelName(channel, world) })));
  }
  const groups = (data.option_groups ?? [{ options: data.options ?? [] }]).map((group) => ({
    label: group.label?.text,
    options: group.options.map((option) => ({ value: option.value, text: option.text.text, option })),
  }));
  const all = groups.flatMap((group) => group.options);
  return { groups, give: (value) => all.find((one) => one.value === value)?.option ?? null, hold: keyOf };
}

function SelectOptions({ groups }) {
  const list = (options) => options.map((one) => <option key={one.value} value={one.value}>{one.text}</option>);
  return groups.map((group, index) =>
    group.label ? <optgroup key={index} label={group.label}>{list(group.options)}</optgroup> : list(group.options),
  );
}

/** A native select. Arrow keys on a closed one only look around: the choice is sent with Enter or on leaving it. */
export function Select({ data }) {
  const { value, choose, name, busy } = useControl(data);
  const { groups, give, hold } = useChoices(data);
  const looking = useRef(false);
  const pending = useRef(false);
  const settle = () => {
    looking.current = false;
    if (pending.current) choose(value);
    pending.current = false;
  };
  const keyDown = (event) => {
    if (event.key === "Enter") settle();
    else looking.current = event.key.startsWith("Arrow") || event.key.length === 1;
  };
  const change = (event) => {
    pending.current = looking.current;
    choose(give(event.target.value), { sent: !looking.current });
  };
  return (
    <span className={busy ? "control select busy" : "control select"} data-action-id={data.action_id}>
      <select {...name} value={hold(value) ?? ""} aria-busy={busy} onKeyDown={keyDown} onBlur={settle} onChange={change}
        onPointerDown={() => (looking.current = false)}>
        <option value="" disabled hidden={!data.placeholder}>{data.placeholder?.text ?? "Choose an option"}</option>
        <SelectOptions groups={groups} />
      </select>
    </span>
  );
}

/** Radio buttons, check boxes and the selects of many: one native input per option. */
function Options({ data, many, groups, chosen, onChange, name, labelled }) {
  const id = useId();
  return (
    <span className={`control options ${data.type.startsWith("multi_") ? "options-list" : ""}`} role={many ? "group" : "radiogroup"}
      aria-labelledby={labelled ? `${name.id}-label` : undefined} aria-label={labelled ? undefined : name["aria-label"]}
      aria-describedby={name["aria-describedby"]} data-action-id={data.action_id}>
      {groups.flatMap((group) => group.options).map((one, index) => (
        <label key={one.value} className="option">
          <input type={many ? "checkbox" : "radio"} name={id} id={labelled && index === 0 ? name.id : undefined}
            checked={chosen.includes(one.value)} onChange={(event) => onChange(one.value, event.target.checked)} />
          <span className="option-words">
            {one.option ? <Words text={one.option.text} /> : one.text}
            {one.option?.description && <span className="option-more"><Words text={one.option.description} /></span>}
          </span>
        </label>
      ))}
    </span>
  );
}

export function Radio({ data }) {
  const { value, choose, name, labelled } = useControl(data);
  const { groups, give } = useChoices(data);
  return <Options {...{ data, groups, name, labelled }} chosen={[keyOf(value)]} onChange={(one) => choose(give(one))} />;
}

export function Many({ data }) {
  const { value, choose, name, labelled } = useControl(data);
  const { groups, give, hold } = useChoices(data);
  const chosen = value.map(hold);
  const change = (one, on) => {
    const kept = chosen.filter((other) => other !== one);
    if (on && data.max_selected_items && kept.length >= data.max_selected_items) return;
    choose([...kept, ...(on ? [one] : [])].map(give));
  };
  return <Options {...{ data, groups, name, labelled, chosen }} many onChange={change} />;
}
