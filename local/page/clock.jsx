// The business clock in the top bar: the time it is for the app, how fast it runs, and jumps.
import { useState } from "react";
import { useTell } from "./dialogs.jsx";
import { post } from "./team.js";
import { clockDate, timeOf, useNow } from "./time.js";

const SPEEDS = [1, 60, 600, 3600];
const JUMPS = [["+1 hour", 3600], ["+1 day", 86_400]];

export function ClockWidget({ speed, onDone }) {
  const now = useNow(speed > 1 ? 250 : 1000);
  const [busy, setBusy] = useState(false);
  const tell = useTell();
  const set = async (change) => {
    setBusy(true);
    const answer = await post("/ui/clock", change);
    if (!answer.ok) tell(answer.error ?? "The clock did not move.");
    await onDone();
    setBusy(false);
  };
  return (
    <div className="clock" role="group" aria-label="Clock" aria-busy={busy}>
      <time className="clock-now" dateTime={now.toISOString()} title="The time it is for the app">
        <span>{clockDate(now)}</span> <b>{timeOf(now)}</b>
      </time>
      <span className="clock-speeds" role="group" aria-label="Speed">
        {SPEEDS.map((one) => (
          <button key={one} type="button" aria-pressed={one === speed} onClick={() => set({ speed: one })}>{one}x</button>
        ))}
      </span>
      {JUMPS.map(([text, jump_seconds]) => (
        <button key={text} type="button" className="clock-jump" onClick={() => set({ jump_seconds })}>{text}</button>
      ))}
    </div>
  );
}
