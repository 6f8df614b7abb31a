// "Upload clips": asks the app for its own upload page, as `/avatar upload` does; the link comes as a private message.
import { useState } from "react";
import { post } from "./team.js";
import { useWorld } from "./world.js";

export function Upload({ channel, onClose, onDone }) {
  const { me, avatars } = useWorld();
  const [error, setError] = useState(null);
  const ask = async (avatar) => {
    const answer = await post("/ui/command", { as: me, channel, text: `/avatar upload ${avatar}` });
    if (!answer.ok) return setError(answer.error ?? "That did not work.");
    onClose();
    await onDone();
  };
  return (
    <aside className="side upload" aria-label="Upload clips">
      <header className="side-head">
        <h2>Upload clips</h2>
        <button type="button" className="icon-button" aria-label="Close upload" onClick={onClose}>✕</button>
      </header>
      <div className="side-body">
        <p className="quiet">Of which avatar? You get a private message with a link to its upload page.</p>
        {(avatars ?? []).map((name) => (
          <p key={name}><button type="button" className="push" onClick={() => ask(name)}>{name}</button></p>
        ))}
        {!avatars?.length && <p>There is no avatar yet: type <code>/avatar new presenter</code> first.</p>}
        {error && <p role="alert">{error}</p>}
      </div>
    </aside>
  );
}
