// The react/jsx-runtime that the Block Kit library gets: it lets us replace single components of it by working ones.
import * as react from "react/jsx-runtime";
import { mrkdwn, plainText } from "./mrkdwn.js";

/** Block Kit type -> component({ data, Drawn, drawn }) drawn in place of the library's. Filled by the files that own them. */
export const replaced = new Map();
/** Called around every block, so that what is inside knows its block. */
export const around = { Block: null };

const TEXTS = { mrkdwn, plain_text: plainText };
const BLOCKS = new Set(
  ("actions alert card carousel container context context_actions data_visualization divider file header image input " +
    "markdown plan rich_text section table task_card video").split(" "),
);
export const drawsBlock = (type) => BLOCKS.has(type);

/** The library uses action and block ids as element ids; on a page with many messages those would not be unique. */
function host(type, props) {
  const clean = props.id && (type === "div" || type === "button" || type === "section") ? { ...props, id: undefined } : props;
  const nameless = type === "button" && !props["aria-label"] && /w-\[15px\]/.test(props.className ?? "");
  return nameless ? { ...clean, "aria-label": "Show or hide" } : clean;
}

function make(create, type, props, key) {
  if (typeof type === "string") return create(type, host(type, props), key);
  const data = props?.data;
  const kind = typeof type === "function" && data && typeof data === "object" ? data.type : undefined;
  if (!kind) return create(type, props, key);
  if (kind in TEXTS) return create(type, { ...props, data: { ...data, text: TEXTS[kind](data.text ?? "") } }, key);
  const Ours = replaced.get(kind);
  const element = Ours ? react.jsx(Ours, { data, Drawn: type, drawn: props }, key) : create(type, props, key);
  const isBlock = around.Block && BLOCKS.has(kind) && !(kind === "image" && props.inside);
  return isBlock ? react.jsx(around.Block, { block: data, children: element }, key) : element;
}

export const Fragment = react.Fragment;
export const jsx = (type, props, key) => make(react.jsx, type, props, key);
export const jsxs = (type, props, key) => make(react.jsxs, type, props, key);
