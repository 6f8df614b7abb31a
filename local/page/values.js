// The value an element holds, in the shape Slack sends it: what it starts with, and whether it is filled in.

const OF_ONE = { users_select: "user", channels_select: "channel", conversations_select: "conversation" };
const OF_MANY = { multi_users_select: "users", multi_channels_select: "channels", multi_conversations_select: "conversations" };
const TEXTS = new Set(["plain_text_input", "email_text_input", "url_text_input", "number_input"]);
const MANY = new Set(["checkboxes", "multi_static_select", "multi_external_select"]);
const ONE = new Set(["static_select", "external_select", "radio_buttons"]);
const DATES = { datepicker: "date", timepicker: "time", datetimepicker: "date_time" };

/** Which field of the value carries the choice: "value", "selected_option", "selected_users" ... null for buttons. */
export function fieldOf(type) {
  if (TEXTS.has(type)) return "value";
  if (ONE.has(type)) return "selected_option";
  if (MANY.has(type)) return "selected_options";
  if (type === "rich_text_input") return "rich_text_value";
  const rest = OF_ONE[type] ?? OF_MANY[type] ?? DATES[type];
  return rest ? `selected_${rest}` : null;
}

/** What the element holds before anybody touched it. */
export function initialOf(element) {
  const field = fieldOf(element.type);
  const empty = field === "selected_options" || element.type in OF_MANY ? [] : null;
  const start = element[field === "rich_text_value" ? "initial_value" : field?.replace(/^selected_/, "initial_").replace(/^value$/, "initial_value")];
  return { type: element.type, [field]: start ?? empty };
}

export const isEmpty = (chosen) => {
  const held = chosen[fieldOf(chosen.type)];
  return held === null || held === undefined || held === "" || (Array.isArray(held) && held.length === 0);
};

/** Every element of a view that holds a value: [{block, element}]. */
export function fieldsOf(blocks) {
  const found = [];
  for (const block of blocks) {
    const elements = [block.element, block.accessory, ...(block.type === "actions" ? block.elements : [])];
    for (const element of elements) if (element && fieldOf(element.type)) found.push({ block, element });
  }
  return found;
}
