// Talks to the stand-in server: the long poll that keeps the team's state, and the posts that change it.
import { useCallback, useEffect, useRef, useState } from "react";

const WAIT_S = 20;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Keep the old object wherever nothing changed, so that only messages that changed are drawn again. */
export function share(old, next) {
  if (Object.is(old, next) || typeof old !== "object" || typeof next !== "object" || !old || !next) return next;
  if (Array.isArray(old) !== Array.isArray(next)) return next;
  const keys = Object.keys(next);
  let same = keys.length === Object.keys(old).length;
  const result = Array.isArray(next) ? [] : {};
  for (const key of keys) {
    result[key] = share(old[key], next[key]);
    same &&= key in old && Object.is(result[key], old[key]);
  }
  return same ? old : result;
}

async function read(me, after, wait, signal) {
  const query = new URLSearchParams({ after: String(after), wait: String(wait) });
  if (me) query.set("as", me);
  const answer = await fetch(`/ui/state?${query}`, { signal, cache: "no-store" });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return { ...(await answer.json()), asked: me, seenAt: performance.now() };
}

/** Post JSON. Never throws: what goes wrong comes back as {ok: false, error}. */
export async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) return { ok: false, error: `The server answered ${answer.status}.`, ...said };
    return { ok: true, ...said };
  } catch {
    return { ok: false, error: "The server does not answer." };
  }
}

/**
 * The team as `me` sees it: {state, lost, refresh}. State is null until the first answer; after a change of `me` it is
 * the former person's until the next answer (state.asked tells for whom it was asked).
 */
export function useTeam(me) {
  const [state, setState] = useState(null);
  const [lost, setLost] = useState(false);
  const take = useRef(() => {});
  const version = useRef(-1);

  useEffect(() => {
    const stop = new AbortController();
    version.current = -1;
    take.current = (next) => {
      // An answer may come after a newer one, or after the change to another person.
      if (stop.signal.aborted || next.asked !== me || next.version < version.current) return;
      version.current = next.version;
      setState((old) => share(old, next));
      setLost(false);
    };
    (async () => {
      while (!stop.signal.aborted) {
        const started = performance.now();
        const after = version.current;
        try {
          take.current(await read(me, after, after < 0 ? 0 : WAIT_S, stop.signal));
          if (version.current === after && performance.now() - started < 500) await pause(1000);
        } catch {
          if (stop.signal.aborted) return;
          setLost(true);
          version.current = -1;
          await pause(1000);
        }
      }
    })();
    return () => stop.abort();
  }, [me]);

  const refresh = useCallback(async () => {
    try {
      take.current(await read(me, -1, 0));
    } catch {
      setLost(true);
    }
  }, [me]);
  return { state, lost, refresh };
}
