// The page: the frame around sidebar, conversation and panels; which place is open is kept in the address (#person/place/thread).
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { Avatar } from "./avatar.jsx";
import { ClockWidget } from "./clock.jsx";
import { Composer } from "./composer.jsx";
import "./controls.jsx";
import { Dialogs } from "./dialogs.jsx";
import "./input.jsx";
import { ChannelMessages, isReply, Thread } from "./messages.jsx";
import { Modals } from "./modal.jsx";
import "./page.css";
import { useSeen } from "./seen.js";
import { Sidebar } from "./sidebar.jsx";
import { ActingBlocks } from "./surface.jsx";
import { post, useTeam } from "./team.js";
import { Clock } from "./time.js";
import { Upload } from "./upload.jsx";
import { channelName, shownName, useWorld, World, worldOf } from "./world.js";

function useAddress() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const read = () => setHash(location.hash);
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  const [me, place, thread] = hash.slice(1).split("/").map(decodeURIComponent);
  return { me: me || null, place: place || null, thread: thread || null };
}
const goTo = (...parts) => {
  location.hash = parts.filter(Boolean).map(encodeURIComponent).join("/");
};

function AppTabs({ app, tab, dm, me }) {
  return (
    <header className="head head-tabs">
      <h2><Avatar person={useWorld().bot} size={24} /> {app.name}</h2>
      <div className="tabs" role="group" aria-label={app.name}>
        <button type="button" aria-current={tab === "home" ? "page" : undefined} onClick={() => goTo(me, "home")}>Home</button>
        {dm && <button type="button" aria-current={tab === "messages" ? "page" : undefined} onClick={() => goTo(me, dm.id)}>Messages</button>}
      </div>
    </header>
  );
}

function Home({ view, onDone }) {
  const { me, app } = useWorld();
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    let here = true;
    setAsked(false);
    post("/ui/home", { as: me }).then(onDone).finally(() => here && setAsked(true));
    return () => { here = false; };
  }, [me, onDone]);
  if (!view) return <p className="quiet home-empty" role="status">{asked ? `${app.name} shows nothing here yet.` : "Loading…"}</p>;
  return <div className="home" tabIndex={0} role="region" aria-label={`${app.name} Home`}><ActingBlocks blocks={view.blocks} viewId={view.id ?? "home"} onDone={onDone} /></div>;
}

/** Speaks new messages of other people to screen readers. */
function Announcer({ messages }) {
  const world = useWorld();
  const known = useRef(null);
  const [said, setSaid] = useState("");
  useEffect(() => {
    const all = Object.values(messages).flat();
    const fresh = known.current ? all.filter((message) => !known.current.has(message.ts) && message.user !== world.me) : [];
    known.current = new Set(all.map((message) => message.ts));
    const last = fresh.at(-1);
    if (last) setSaid(`${shownName(world.person(last.user))}${isReply(last) ? " in a thread" : ""}: ${last.text}`);
  }, [messages, world]);
  return <div className="spoken" aria-live="polite">{said}</div>;
}

function You({ people, me, place }) {
  const world = useWorld();
  const person = world.person(me);
  return (
    <label className="you">
      <span className="you-are">You are:</span>
      <Avatar person={person} size={24} />
      <select value={me} onChange={(event) => goTo(event.target.value, place.startsWith("D") ? null : place)}>
        {people.map((one) => <option key={one.id} value={one.id}>{shownName(one)}{one.title ? `, ${one.title}` : ""}</option>)}
      </select>
    </label>
  );
}

function Conversation({ channel, messages, dm, onDone, onUpload }) {
  const world = useWorld();
  const name = channelName(channel, world);
  const isApp = channel.kind === "im" && channel.with === world.bot.id;
  const label = `Message ${channel.kind === "im" ? name : `#${name}`}`;
  return (
    <main className="main" aria-label={name}>
      {isApp ? <AppTabs app={world.app} tab="messages" dm={dm} me={world.me} /> : <header className="head"><h2>{channel.kind === "im" ? name : `# ${name}`}</h2></header>}
      <ChannelMessages key={`${world.me}/${channel.id}`} channel={channel} messages={messages} onThread={(ts) => goTo(world.me, channel.id, ts)} onDone={onDone} />
      <Composer key={channel.id} channel={channel} label={label} onDone={onDone} onUpload={onUpload} />
    </main>
  );
}

function Page({ state, address, lost, refresh }) {
  const [uploading, setUploading] = useState(false);
  const { people, groups, channels, app, avatars, me, commands } = state;
  const world = useMemo(() => worldOf(state), [people, groups, channels, app, avatars, me, commands]);
  const clock = useMemo(() => ({ ...state.clock, seenAt: state.seenAt }), [state.clock, state.seenAt]);
  const channel = world.channels.get(address.place) ?? channels[0];
  const place = address.place === "home" ? "home" : channel.id;
  const dm = channels.find((one) => one.kind === "im" && one.with === app.bot_user_id);
  const messages = state.messages[channel.id] ?? [];
  const unreadIn = useSeen(me, place, state.messages);
  const openUpload = useCallback(() => setUploading((open) => !open), []);
  useEffect(() => {
    const answered = state.asked === address.me;
    if (answered && (address.me !== me || address.place !== place)) location.replace(`#${me}/${place}`);
  }, [state.asked, address.me, address.place, me, place]);
  const title = place === "home" ? app.name : channelName(channel, world);
  useEffect(() => {
    document.title = `${title} - ${state.team.name}`;
  }, [title, state.team.name]);
  const thread = place !== "home" && address.thread;
  return (
    <World.Provider value={world}>
      <Clock.Provider value={clock}>
        <Dialogs>
          <div className={uploading || thread ? "page page-side" : "page"}>
            <header className="top">
              <ClockWidget speed={state.clock.speed} onDone={refresh} />
              <span className="top-notes">
                {lost && <span className="lost" role="status">Reconnecting…</span>}
                {state.violations > 0 && (
                  <span className="violations" title="What the app sent against Slack's rules since the start">
                    ⚠ {state.violations} {state.violations === 1 ? "call" : "calls"} Slack would refuse
                  </span>
                )}
              </span>
              <You people={people} me={me} place={place} />
            </header>
            <Sidebar team={state.team} place={place} unreadIn={unreadIn} onOpen={(to) => goTo(me, to)} uploading={uploading} onUpload={openUpload} />
            {place === "home" ? (
              <main className="main" aria-label={`${app.name} Home`}>
                <AppTabs app={app} tab="home" dm={dm} me={me} />
                <Home view={state.home} onDone={refresh} />
              </main>
            ) : <Conversation channel={channel} messages={messages} dm={dm} onDone={refresh} onUpload={openUpload} />}
            {uploading ? <Upload channel={place === "home" ? channels[0].id : channel.id} onClose={openUpload} onDone={refresh} />
              : thread && <Thread channel={channel} messages={messages} ts={thread} onClose={() => goTo(me, place)} onDone={refresh} />}
          </div>
          <Modals views={state.views} onDone={refresh} />
          <Announcer key={me} messages={state.messages} />
        </Dialogs>
      </Clock.Provider>
    </World.Provider>
  );
}

function Root() {
  const address = useAddress();
  const { state, lost, refresh } = useTeam(address.me);
  if (state) return <Page {...{ state, address, lost, refresh }} />;
  return <div className="starting" role="status">{lost ? "The server does not answer. Trying again…" : "Loading…"}</div>;
}

// Text drawn before the emoji font is there may keep its empty boxes for good, so the font comes first.
const drawn = () => createRoot(document.getElementById("root")).render(<Root />);
document.fonts.load('15px "Noto Color Emoji"', "🎬").then(drawn, drawn);
