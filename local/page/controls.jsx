// Working Block Kit elements in place of the library's drawings of them: buttons, texts, dates, menus; and the table of all.
import { useContext, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { InBlock, Surface } from "./blocks.jsx";
import { Many, Radio, Select } from "./choices.jsx";
import { useControl } from "./control.jsx";
import { replaced } from "./runtime.js";

/** The library's own button, with a click that asks for confirmation, is sent, and shows that it is under way. */
function Button({ data, Drawn, drawn }) {
  const surface = useContext(Surface);
  const block = useContext(InBlock);
  const box = useRef(null);
  const key = `${block?.block_id}/${data.action_id}`;
  const busy = surface.busy === key;
  useLayoutEffect(() => {
    for (const button of box.current.querySelectorAll("button")) {
      if (surface.busy === null) button.removeAttribute("aria-disabled");
      else button.setAttribute("aria-disabled", "true");
      button.setAttribute("aria-busy", String(busy));
    }
  });
  const click = (event) => {
    const button = event.target.closest("button");
    if (!button || surface.busy !== null) return;
    const feedback = [data.positive_button, data.negative_button][[...box.current.querySelectorAll("button")].indexOf(button)];
    if (data.url) window.open(data.url, "_blank", "noopener");
    surface.act(block.block_id, data, { type: data.type, value: (feedback ?? data).value });
  };
  const still = { ...data, confirm: undefined, url: undefined };
  return (
    <span ref={box} className={busy ? "control busy" : "control"} onClick={click} data-action-id={data.action_id}>
      <Drawn {...drawn} data={still} />
    </span>
  );
}

const TEXT_TYPES = { email_text_input: "email", url_text_input: "url", number_input: "number" };

/** Text of every kind; on a surface that acts on it, Enter sends it. */
function TextInput({ data }) {
  const { value, choose, name, acts } = useControl(data);
  const box = useRef(null);
  useEffect(() => {
    if (data.focus_on_load) box.current.focus();
  }, [data.focus_on_load]);
  const common = {
    ...name, ref: box, value: value ?? "", placeholder: data.placeholder?.text, minLength: data.min_length, maxLength: data.max_length,
    onChange: (event) => choose(event.target.value || null, { sent: false }),
    onKeyDown: (event) => acts && event.key === "Enter" && !data.multiline && (event.preventDefault(), choose(value)),
  };
  const step = data.is_decimal_allowed ? "any" : undefined;
  return (
    <span className="control text" data-action-id={data.action_id}>
      {data.multiline ? <textarea rows={4} {...common} />
        : <input type={TEXT_TYPES[data.type] ?? "text"} autoComplete="off" step={step} min={data.min_value} max={data.max_value} {...common} />}
    </span>
  );
}

const plainOf = (value) => value?.elements?.flatMap((part) => part.elements ?? []).map((part) => part.text ?? "").join("") ?? "";
const richOf = (text) => (text ? { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] } : null);

function RichText({ data }) {
  const { value, choose, name } = useControl(data);
  const change = (event) => choose(richOf(event.target.value), { sent: false });
  return (
    <span className="control text" data-action-id={data.action_id}>
      <textarea rows={4} {...name} value={plainOf(value)} placeholder={data.placeholder?.text} onChange={change} />
    </span>
  );
}

const localStamp = (seconds) => {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};
const PICKERS = {
  datepicker: { type: "date", show: (held) => held, hold: (text) => text },
  timepicker: { type: "time", show: (held) => held, hold: (text) => text },
  datetimepicker: { type: "datetime-local", show: localStamp, hold: (text) => Math.floor(new Date(text).getTime() / 1000) },
};

function Picker({ data }) {
  const { value, choose, name, busy } = useControl(data);
  const { type, show, hold } = PICKERS[data.type];
  const change = (event) => choose(event.target.value ? hold(event.target.value) : null);
  return (
    <span className={busy ? "control text busy" : "control text"} data-action-id={data.action_id}>
      <input type={type} {...name} value={value ? show(value) : ""} onChange={change} />
    </span>
  );
}

function Overflow({ data }) {
  const surface = useContext(Surface);
  const block = useContext(InBlock);
  const [open, setOpen] = useState(false);
  const box = useRef(null);
  const id = useId();
  useEffect(() => {
    if (open) box.current.querySelector("[role=menuitem]").focus();
  }, [open]);
  const close = () => {
    setOpen(false);
    box.current.querySelector("button").focus();
  };
  const pick = (option) => {
    close();
    if (option.url) window.open(option.url, "_blank", "noopener");
    surface.act(block.block_id, data, { type: "overflow", selected_option: option });
  };
  const move = (event) => {
    if (event.key === "Escape") return event.stopPropagation(), event.preventDefault(), close();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...box.current.querySelectorAll("[role=menuitem]")];
    items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
  };
  return (
    <span ref={box} className="control overflow" data-action-id={data.action_id}
      onBlur={(event) => !box.current.contains(event.relatedTarget) && setOpen(false)}>
      <button type="button" className="overflow-button" aria-label="More actions" aria-haspopup="menu" aria-expanded={open} aria-controls={id}
        onClick={() => setOpen(!open)}>
        <span aria-hidden="true">⋯</span>
      </button>
      {open && (
        <span role="menu" id={id} className="menu" onKeyDown={move}>
          {data.options.map((option) => (
            <button key={option.value} type="button" role="menuitem" onClick={() => pick(option)}>{option.text.text}</button>
          ))}
        </span>
      )}
    </span>
  );
}

const OURS = [
  [Button, "button workflow_button icon_button feedback_buttons"],
  [Select, "static_select external_select users_select conversations_select channels_select"],
  [Many, "checkboxes multi_static_select multi_external_select multi_users_select multi_conversations_select multi_channels_select"],
  [Radio, "radio_buttons"],
  [TextInput, "plain_text_input email_text_input url_text_input number_input"],
  [RichText, "rich_text_input"],
  [Picker, "datepicker timepicker datetimepicker"],
  [Overflow, "overflow"],
];
for (const [component, types] of OURS) for (const type of types.split(" ")) replaced.set(type, component);
