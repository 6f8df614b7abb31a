// Slack's text as the library's Markdown parser should get it: what Slack takes literally is written as entities.

const CODE = /(```[\s\S]*?```|`[^`\n]+`)/;
const EMOJI = /(:[a-z0-9_+'-]+:)/i;
const entity = (character) => `&#${character.codePointAt(0)};`;
const decoded = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** The library sets the fences on lines of their own; the line breaks that are there would be empty lines. */
const code = (text) => decoded(text).replace(/^```\n?|\n?```$/g, "```");

/**
 * Outside code: mentions lose their own labels (we know the names), a lone star is a star, and nothing at the start of
 * a line makes a heading, a rule, a table or code.
 */
function literal(text) {
  return text
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
