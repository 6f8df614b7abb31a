// The composer: a message or an /avatar command, with a hint list that works by arrow keys.
import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { hintsFor } from "./commands.js";
import { post } from "./team.js";
import { useWorld } from "./world.js";

const MAX_HEIGHT_PX = 180;
const PLUS = (
  <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
    <path d="M10 4v12M4 10h12" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
  </svg>
);
const PLANE = (
  <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
    <path d="M2.500 3.200 17.500 10 2.500 16.800 4.500 11l7-1-7-1z" fill="currentColor" />
  </svg>
);

function Hints({ id, hints, active, onPick }) {
  return (
    <ul className="hints" role="listbox" id={id} aria-label="Commands">
      {hints.map((hint, index) => (
        <li key={hint.usage} id={`${id}-${index}`} role="option" aria-selected={index === active}
          onMouseDown={(event) => event.preventDefault()} onClick={() => onPick(hint)}>
          <strong>{hint.usage}</strong>
          <span>{hint.does}</span>
        </li>
      ))}
    </ul>
  );
}

export function Composer({ channel, threadTs, label, onDone, onUpload }) {
  const world = useWorld();
  const [text, setText] = useState("");
  const [sending, setSending] = useState(false);
  const [error, setError] = useState(null);
  const [active, setActive] = useState(-1);
  const [closed, setClosed] = useState(false);
  const box = useRef(null);
  const id = useId();
  const hints = closed ? [] : hintsFor(text, world);

  useEffect(() => setActive(-1), [text]);
  useLayoutEffect(() => {
    box.current.style.height = "auto";
    box.current.style.height = `${Math.min(box.current.scrollHeight, MAX_HEIGHT_PX)}px`;
  }, [text]);

  const type = (next) => {
    setText(next);
    setClosed(false);
    setError(null);
  };
  const send = async () => {
    if (!text.trim() || sending) return;
    setSending(true);
    setError(null);
    const command = { as: world.me, channel: channel.id, text: text.trim() };
    const answer = await post("/ui/command", threadTs ? { ...command, thread_ts: threadTs } : command);
    if (answer.ok) {
      setText("");
      await onDone();
    } else setError(answer.error ?? "That did not work.");
    setSending(false);
    box.current?.focus();
  };
  const pick = (hint) => {
    type(`${hint.usage} `);
    box.current.focus();
  };
  const keyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (hints.length && step) {
      event.preventDefault();
      setActive((active + step + hints.length + (active < 0 && step < 0 ? 1 : 0)) % hints.length);
    } else if (hints.length && event.key === "Escape") setClosed(true);
    else if (hints.length && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      pick(hints[Math.max(active, 0)]);
    } else if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (hints[active]) pick(hints[active]);
      else send();
    }
  };
  return (
    <div className="composer">
      {hints.length > 0 && <Hints id={id} hints={hints} active={active} onPick={pick} />}
      {error && <div className="composer-error" role="alert">{error}</div>}
      <div className="composer-box">
        <textarea ref={box} rows={1} value={text} placeholder={label} aria-label={label.replace(/…$/, "")} aria-busy={sending} readOnly={sending}
          aria-autocomplete="list" aria-controls={hints.length ? id : undefined} aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
          onChange={(event) => type(event.target.value)} onKeyDown={keyDown} onBlur={() => setClosed(true)} onFocus={() => setClosed(false)} />
        <div className="composer-tools">
          {onUpload && <button type="button" className="tool" onClick={onUpload} aria-label="Upload clips" title="Upload clips">{PLUS}</button>}
          <button type="button" className="tool tool-slash" onClick={() => pick({ usage: "/avatar" })} aria-label="Type an /avatar command" title="/avatar">/</button>
          <span className="composer-tip"><b>Enter</b> sends, <b>Shift Enter</b> makes a new line</span>
          <button type="button" className={text.trim() ? "send send-ready" : "send"} aria-label="Send" aria-busy={sending}
            aria-disabled={!text.trim() || sending} onClick={send}>{PLANE}</button>
        </div>
      </div>
    </div>
  );
}
