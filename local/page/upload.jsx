// The "Upload clips" panel: which avatar, what kind, and the files with their progress.
import { useId, useRef, useState } from "react";
import { upload } from "./team.js";
import { useWorld } from "./world.js";

const KINDS = [
  ["natural", "Natural: speaking as usual"],
  ["status0", "Status 0: the resting pose"],
  ["silent", "Silent: listening, not speaking"],
  ["gesture", "Gesture: one gesture per clip"],
  ["interaction", "Interaction: checked, advice only"],
  ["consent", "Consent: the talent's statement"],
];
const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`);
const STATES = { waiting: "Waiting", sending: "Uploading", done: "Uploaded", failed: "Failed" };

function Sent({ item, onAgain }) {
  const percent = Math.round(item.progress * 100);
  return (
    <li className={`sent sent-${item.state}`}>
      <div className="sent-line">
        <strong title={item.file.name}>{item.file.name}</strong>
        <span>{item.kind}</span>
        <span>{size(item.file.size)}</span>
      </div>
      <progress max="1" value={item.progress} aria-label={`Upload of ${item.file.name}`} />
      <div className="sent-line sent-state">
        <span>{item.state === "sending" ? `Uploading, ${percent} %` : STATES[item.state]}{item.error ? `: ${item.error}` : ""}</span>
        {item.state === "failed" && <button type="button" className="link" onClick={onAgain}>Try again</button>}
      </div>
    </li>
  );
}

export function Upload({ onClose }) {
  const { me, avatars } = useWorld();
  const id = useId();
  const [avatar, setAvatar] = useState(avatars?.[0] ?? "");
  const [kind, setKind] = useState("natural");
  const [items, setItems] = useState([]);
  const [over, setOver] = useState(false);
  const queue = useRef(Promise.resolve());
  const valid = avatar.trim().length > 0;
  const change = (key, part) => setItems((old) => old.map((item) => (item.key === key ? { ...item, ...part } : item)));

  const start = (item) => {
    change(item.key, { state: "waiting", progress: 0, error: null });
    queue.current = queue.current.then(async () => {
      change(item.key, { state: "sending" });
      const fields = { as: me, avatar: item.avatar, kind: item.kind };
      const answer = await upload(fields, item.file, (progress) => change(item.key, { progress }));
      change(item.key, answer.ok ? { state: "done", progress: 1 } : { state: "failed", error: answer.error ?? "no reason given" });
    });
  };
  const add = (files) => {
    if (!valid) return;
    const added = [...files].map((file) => ({ key: crypto.randomUUID(), file, kind, avatar: avatar.trim(), state: "waiting", progress: 0 }));
    setItems((old) => [...added, ...old]);
    added.forEach(start);
  };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    add(event.dataTransfer.files);
  };
  return (
    <aside className="side upload" aria-label="Upload clips">
      <header className="side-head">
        <h2>Upload clips</h2>
        <button type="button" className="icon-button" aria-label="Close upload" onClick={onClose}>✕</button>
      </header>
      <div className="side-body">
        <p className="quiet">Stands for your storage: what you put here is checked within seconds, the answer comes in the avatar's channel.</p>
        <label className="field-label" htmlFor={`${id}-avatar`}>Avatar</label>
        <input id={`${id}-avatar`} className="plain-input" list={`${id}-list`} value={avatar} onChange={(event) => setAvatar(event.target.value)} placeholder="for example presenter" autoComplete="off" />
        <datalist id={`${id}-list`}>{(avatars ?? []).map((name) => <option key={name} value={name} />)}</datalist>
        <label className="field-label" htmlFor={`${id}-kind`}>Kind</label>
        <span className="control select select-wide">
          <select id={`${id}-kind`} value={kind} onChange={(event) => setKind(event.target.value)}>
            {KINDS.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
          </select>
        </span>
        <div className={over ? "drop drop-over" : "drop"} onDrop={drop} onDragLeave={() => setOver(false)}
          onDragOver={(event) => { event.preventDefault(); setOver(true); }}>
          <span aria-hidden="true" className="drop-mark">🎬</span>
          <span>Drop videos here or</span>
          <label className={valid ? "push" : "push push-off"}>
            Choose files
            <input type="file" className="hidden-input" multiple disabled={!valid} accept="video/*,audio/*,.mp4,.mov,.wav,.zip"
              onChange={(event) => { add([...event.target.files]); event.target.value = ""; }} />
          </label>
          {!valid && <span className="quiet">Name the avatar first.</span>}
        </div>
        <ul className="sents" aria-live="polite" aria-label="Uploads">
          {items.map((item) => <Sent key={item.key} item={item} onAgain={() => start(item)} />)}
        </ul>
      </div>
    </aside>
  );
}
