// The sidebar: the team, its channels, direct messages and apps, and the way to the upload panel.
import { Avatar } from "./avatar.jsx";
import { channelName, useWorld } from "./world.js";

function Section({ name, children }) {
  return (
    <section aria-label={name}>
      <h2>{name}</h2>
      <ul>{children}</ul>
    </section>
  );
}

function Line({ open, unread, mark, text, more, onOpen }) {
  const kind = `line${open ? " line-open" : ""}${unread ? " line-unread" : ""}`;
  const spoken = [text, more].filter(Boolean).join(" ") + (unread ? `, ${unread} unread` : "");
  return (
    <li>
      <button type="button" className={kind} aria-current={open ? "page" : undefined} aria-label={spoken} onClick={onOpen}>
        <span className="line-mark" aria-hidden="true">{mark}</span>
        <span className="line-text">{text}</span>
        {more && <span className="line-more" aria-hidden="true">{more}</span>}
        {unread > 0 && <span className="line-count" aria-hidden="true">{unread}</span>}
      </button>
    </li>
  );
}

const LOCK = (
  <svg viewBox="0 0 20 20" width="15" height="15">
    <rect x="4.5" y="9" width="11" height="7.5" rx="1.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
    <path d="M7 9V6.500a3 3 0 0 1 6 0V9" fill="none" stroke="currentColor" strokeWidth="1.5" />
  </svg>
);

export function Sidebar({ team, place, unreadIn, onOpen, uploading, onUpload }) {
  const world = useWorld();
  const channels = [...world.channels.values()];
  const line = (channel, mark) => (
    <Line key={channel.id} open={place === channel.id} unread={unreadIn(channel)} mark={mark} text={channelName(channel, world)} onOpen={() => onOpen(channel.id)} />
  );
  return (
    <nav className="sidebar" aria-label="Channels and people">
      <h1>{team.name}</h1>
      <div className="sidebar-lists">
        <Section name="Channels">
          {channels.filter((channel) => channel.kind !== "im").map((channel) => line(channel, channel.kind === "private" ? LOCK : "#"))}
        </Section>
        <Section name="Direct messages">
          {channels.filter((channel) => channel.kind === "im").map((channel) => line(channel, <Avatar person={world.person(channel.with)} size={20} />))}
        </Section>
        <Section name="Apps">
          <Line open={place === "home"} mark={<Avatar person={world.bot} size={20} />} text={world.app.name} more="Home" onOpen={() => onOpen("home")} />
        </Section>
      </div>
      <button type="button" className="sidebar-upload" aria-expanded={uploading} onClick={onUpload}>
        <span aria-hidden="true">🎬</span> Upload clips
      </button>
    </nav>
  );
}
