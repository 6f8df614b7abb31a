// Slack's text as the library's Markdown parser should get it: what Slack takes literally is written as entities.

const CODE = /(```[\s\S]*?```|`[^`\n]+`)/;
const EMOJI = /(:[a-z0-9_+'-]+:)/i;
/** Where a colon has a meaning: what stands in angle brackets, a bare address, and an emoji, but not 10:04:22. */
const COLONS = /(<[^>\n]*>|\b(?:https?|mailto):\S+|:(?:[a-z][a-z0-9_+'-]*|[+-]1|100|1234):)/i;
const entity = (character) => `&#${character.codePointAt(0)};`;
const decoded = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** The library sets the fences on lines of their own; the line breaks that are there would be empty lines. */
const code = (text) => decoded(text).replace(/^```\n?|\n?```$/g, "```");

/** The library would look for an emoji between any two colons, even over line breaks. */
const plainColons = (text) =>
  text.split(COLONS).map((part, index) => (index % 2 ? part : part.replaceAll(":", entity))).join("");

/**
 * Outside code: mentions lose their own labels (we know the names), a lone star is a star, and nothing at the start of
 * a line makes a heading, a rule, a table or code.
 */
function literal(text) {
  return plainColons(text)
    .replace(/<([@#][A-Z0-9]+|!subteam\^[A-Z0-9]+)\|[^>]*>/g, "<$1>")
    .replace(/\\/g, entity)
    .replaceAll("&gt;", "&#62;")
    .replaceAll("&lt;", "&#60;")
    .replace(/(?<=\s|^)\*(?=\s|$)/gm, entity)
    .replace(/^[#=+|](?=[\s#=|-]|$)/gm, entity)
    .replace(/^[-_](?=[-_ ]{2,}$)/gm, entity)
    .replace(/^ +/gm, (spaces) => "\u00a0".repeat(spaces.length));
}

export const mrkdwn = (text) =>
  text.split(CODE).map((part, index) => (index % 2 ? code(part) : literal(part))).join("");

/** plain_text knows emoji and nothing else. */
export const plainText = (text) =>
  text.split(EMOJI).map((part, index) => (index % 2 ? part : decoded(part).replace(/[\\*_~`<>[\]#|&=+-]/g, entity))).join("");
