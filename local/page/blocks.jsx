// Draws Block Kit with slack-blocks-to-jsx: names for ids, local dates, and the surface that answers to actions.
import { createContext, memo, useContext, useMemo, useSyncExternalStore } from "react";
import { Message } from "slack-blocks-to-jsx";
import "slack-blocks-to-jsx/dist/style.css";
import { around, drawsBlock } from "./runtime.js";
import { Clock, dateOf, reading, slackDate, whenFull } from "./time.js";
import { shownName, useWorld } from "./world.js";

/** {act(block, element, chosen) -> promise of true when it went through, busy: "block/action" | null, form: {read, write, errors} | null} */
export const Surface = createContext({ act: async () => false, busy: null, form: null });
/** The block that an element stands in. */
export const InBlock = createContext(null);

around.Block = ({ block, children }) => <InBlock.Provider value={block}>{children}</InBlock.Provider>;

function Mention({ kind, id, label }) {
  const world = useWorld();
  const mine = kind === "user" && id === world.me;
  const names = {
    user: () => `@${shownName(world.person(id))}`,
    channel: () => `#${world.channels.get(id)?.name ?? label ?? id}`,
    group: () => `@${(world.groups.get(id)?.handle ?? label ?? id).replace(/^@/, "")}`,
  };
  return <span className={mine ? "mention mention-me" : "mention"}>{names[kind]()}</span>;
}

function When({ timestamp, format, link, fallback }) {
  const clock = useContext(Clock);
  const date = dateOf(timestamp);
  if (Number.isNaN(date.getTime()) || !timestamp) return fallback;
  const text = slackDate(format, date, reading(clock));
  return (
    <time dateTime={date.toISOString()} title={whenFull(date)}>
      {link ? <a href={link}>{text}</a> : text}
    </time>
  );
}

const PERMALINK = /\/archives\/([A-Z0-9]+)\/p(\d+)(\d{6})$/;

/** A link to a message of this team opens it here, with its thread. */
function Permalink({ href, children }) {
  const world = useWorld();
  const [, channel, seconds, rest] = PERMALINK.exec(href);
  return <a href={`#${world.me}/${channel}/${seconds}.${rest}`}>{children}</a>;
}

const split = (value) => String(value).replace(/^subteam\^/, "").split("|");
const mention = (kind) => (data) => {
  const [id, label] = split(data.id);
  return <Mention kind={kind} id={id} label={label ?? (data.name === data.id ? undefined : data.name)} />;
};
const broadcast = (name) => () => <span className="mention mention-me">@{name}</span>;
const HOOKS = {
  user: mention("user"),
  channel: mention("channel"),
  usergroup: mention("group"),
  atHere: broadcast("here"),
  atChannel: broadcast("channel"),
  atEveryone: broadcast("everyone"),
  emoji: (data, draw) => {
    const drawn = draw(data);
    return drawn === data.name ? `:${data.name}:` : drawn; // one that Slack does not know either is shown by its name
  },
  date: (data) => <When {...data} />,
  link: ({ href, children }) => PERMALINK.test(href) ? <Permalink href={href}>{children}</Permalink> : (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  ),
};

const DARK = matchMedia("(prefers-color-scheme: dark)");
const onTheme = (told) => {
  DARK.addEventListener("change", told);
  return () => DARK.removeEventListener("change", told);
};
/** As the reader's system has it. */
const useTheme = () => useSyncExternalStore(onTheme, () => (DARK.matches ? "dark" : "light"));

/** What the library cannot draw is said, not dropped. */
function drawable(block, index) {
  const known = { block_id: `block-${index}`, ...block };
  if (known.slack_file) known.image_url = `/files/${known.slack_file.id}`;
  if (drawsBlock(block.type)) return known;
  return { type: "context", block_id: known.block_id, elements: [{ type: "plain_text", text: `(${block.type} block, not drawn on this page)` }] };
}

export const Blocks = memo(function Blocks({ blocks }) {
  const shown = useMemo(() => blocks.map(drawable), [blocks]);
  return <Message withoutWrapper theme={useTheme()} name="" logo="" blocks={shown} hooks={HOOKS} />;
});

/** One text object, drawn by the library. */
export const Words = memo(function Words({ text }) {
  const blocks = useMemo(() => [{ type: "section", text: typeof text === "string" ? { type: "mrkdwn", text } : text }], [text]);
  return (
    <div className="words">
      <Message withoutWrapper theme={useTheme()} name="" logo="" blocks={blocks} hooks={HOOKS} />
    </div>
  );
});
