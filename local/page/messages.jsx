// Messages: one row, the list of a channel with its days, and the thread panel.
import { Fragment, memo, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Avatar } from "./avatar.jsx";
import { Words } from "./blocks.jsx";
import { Composer } from "./composer.jsx";
import { Files } from "./files.jsx";
import { ActingBlocks } from "./surface.jsx";
import { ago, Clock, dateOf, dayOf, reading, timeOf, useNow, whenFull } from "./time.js";
import { channelName, shownName, useWorld } from "./world.js";

const TOGETHER_S = 5 * 60;
const BUBBLE = (
  <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
    <path d="M3 4.500A1.500 1.500 0 0 1 4.500 3h11A1.500 1.500 0 0 1 17 4.500v8a1.500 1.500 0 0 1-1.500 1.500H9l-4 3.200V14h-.5A1.500 1.500 0 0 1 3 12.500z"
      fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" />
  </svg>
);
export const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;

function Replies({ replies, onOpen }) {
  const world = useWorld();
  const now = useNow(30_000);
  const last = replies.at(-1);
  const who = [...new Set(replies.map((reply) => reply.user))].slice(0, 4);
  const count = replies.length === 1 ? "1 reply" : `${replies.length} replies`;
  return (
    <button type="button" className="replies" onClick={onOpen} aria-label={`${count}, open the thread`}>
      {who.map((id) => <Avatar key={id} person={world.person(id)} size={22} />)}
      <span className="replies-count">{count}</span>
      <span className="replies-last">Last reply {ago(dateOf(last.ts), now)}</span>
    </button>
  );
}

function Reactions({ reactions }) {
  return (
    <div className="reactions">
      {reactions.map((reaction) => (
        <span key={reaction.name} className="reaction">
          <Words text={`:${reaction.name}:`} />
          <span>{reaction.count ?? reaction.users?.length ?? 1}</span>
        </span>
      ))}
    </div>
  );
}

const Row = memo(function Row({ message, channel, joined, replies, onThread, onDone }) {
  const world = useWorld();
  const person = world.person(message.user);
  const date = dateOf(message.ts);
  const place = useMemo(() => ({ channel, ts: message.ts }), [channel, message.ts]);
  const kind = `message${joined ? " message-joined" : ""}${message.ephemeral ? " message-ephemeral" : ""}`;
  return (
    <div role="listitem" className={kind} data-ts={message.ts} aria-label={`${shownName(person)}, ${timeOf(date)}`}>
      {message.ephemeral && <div className="only-you"><span aria-hidden="true">👁</span> Only visible to you</div>}
      <div className="gutter">
        {joined ? <time className="joined-time" dateTime={date.toISOString()}>{timeOf(date)}</time> : <Avatar person={person} />}
      </div>
      <div className="said">
        {!joined && (
          <div className="byline">
            <span className="author">{shownName(person)}</span>
            {person.app && <span className="app-badge">APP</span>}
            <time className="at" dateTime={date.toISOString()} title={whenFull(date)}>{timeOf(date)}</time>
          </div>
        )}
        {message.blocks?.length ? <ActingBlocks blocks={message.blocks} message={place} onDone={onDone} />
          : message.text && <Words text={message.text} />}
        {message.files?.length > 0 && <Files files={message.files} />}
        {message.reactions?.length > 0 && <Reactions reactions={message.reactions} />}
        {replies?.length > 0 && <Replies replies={replies} onOpen={() => onThread(message.ts)} />}
      </div>
      {onThread && !message.ephemeral && (
        <button type="button" className="reply-in-thread" onClick={() => onThread(message.ts)} aria-label="Reply in thread" title="Reply in thread">
          {BUBBLE}
        </button>
      )}
    </div>
  );
});

const sameDay = (one, other) => dateOf(one.ts).toDateString() === dateOf(other.ts).toDateString();
const belongs = (before, message) =>
  before && before.user === message.user && !before.ephemeral && !message.ephemeral &&
  sameDay(before, message) && Number(message.ts) - Number(before.ts) < TOGETHER_S;

/** A scrolling list that stays at the newest message, unless the reader has scrolled up and the newest is not for them. */
function Scroller({ messages, children }) {
  const { me } = useWorld();
  const box = useRef(null);
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(false);
  const newest = messages.at(-1)?.ts;
  const forMe = messages.findLast((message) => message.user === me || message.ephemeral)?.ts;
  const toEnd = () => {
    if (atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  const jump = () => {
    atEnd.current = true;
    setBehind(false);
    toEnd();
  };
  useLayoutEffect(jump, [forMe]);
  useLayoutEffect(() => {
    toEnd();
    if (!atEnd.current) setBehind(true);
  }, [newest]);
  useEffect(() => {
    const sizes = new ResizeObserver(toEnd);
    sizes.observe(box.current);
    sizes.observe(box.current.firstElementChild);
    return () => sizes.disconnect();
  }, []);
  const scroll = () => {
    const { scrollHeight, scrollTop, clientHeight } = box.current;
    atEnd.current = scrollHeight - scrollTop - clientHeight < 60;
    if (atEnd.current) setBehind(false);
  };
  return (
    <div className="scroll-frame">
      <div className="scroller" ref={box} onScroll={scroll} tabIndex={0} role="region" aria-label="Conversation">
        <div className="scrolled">{children}</div>
      </div>
      {behind && <button type="button" className="to-newest" onClick={jump}>↓ New messages</button>}
    </div>
  );
}

export function ChannelMessages({ channel, messages, onThread, onDone }) {
  const world = useWorld();
  const clock = useContext(Clock);
  const now = reading(clock);
  const threads = useMemo(() => Map.groupBy(messages.filter(isReply), (message) => message.thread_ts), [messages]);
  const shown = messages.filter((message) => !isReply(message));
  const name = channelName(channel, world);
  return (
    <Scroller messages={messages}>
      <div className="beginning">
        <h2>{channel.kind === "im" ? name : `# ${name}`}</h2>
        <p>{channel.kind === "im" ? `Messages between you and ${name}.` : `This is the very beginning of the #${name} channel.`}</p>
      </div>
      <div role="list" aria-label={`Messages in ${name}`}>
        {shown.map((message, index) => {
          const before = shown[index - 1];
          const newDay = !before || !sameDay(before, message);
          return (
            <Fragment key={`${message.ts}${message.ephemeral}`}>
              {newDay && <div className="day" role="presentation"><span>{dayOf(dateOf(message.ts), now)}</span></div>}
              <Row message={message} channel={channel.id} joined={belongs(before, message)} replies={threads.get(message.ts)} onThread={onThread} onDone={onDone} />
            </Fragment>
          );
        })}
      </div>
    </Scroller>
  );
}

export function Thread({ channel, messages, ts, onClose, onDone }) {
  const world = useWorld();
  const parent = messages.find((message) => message.ts === ts);
  const replies = useMemo(() => messages.filter((message) => isReply(message) && message.thread_ts === ts), [messages, ts]);
  const name = channelName(channel, world);
  return (
    <aside className="side" aria-label="Thread">
      <header className="side-head">
        <h2>Thread</h2>
        <span className="side-sub">{channel.kind === "im" ? name : `# ${name}`}</span>
        <button type="button" className="icon-button" aria-label="Close thread" onClick={onClose}>✕</button>
      </header>
      <Scroller messages={replies}>
        <div role="list" aria-label="Messages in the thread">
          {parent ? <Row message={parent} channel={channel.id} onDone={onDone} /> : <p className="quiet">The first message of this thread is gone.</p>}
          {replies.length > 0 && <div className="reply-line" role="presentation"><span>{replies.length === 1 ? "1 reply" : `${replies.length} replies`}</span></div>}
          {replies.map((message, index) => (
            <Row key={`${message.ts}${message.ephemeral}`} message={message} channel={channel.id} joined={belongs(replies[index - 1], message)} onDone={onDone} />
          ))}
        </div>
      </Scroller>
      <Composer key={ts} channel={channel} threadTs={ts} label="Reply…" onDone={onDone} />
    </aside>
  );
}
