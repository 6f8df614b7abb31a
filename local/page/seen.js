// What each person has already seen in each channel, remembered for the browser session, and so what is unread.
import { useCallback, useEffect, useState } from "react";
import { isReply } from "./messages.jsx";

const KEY = "seen";
const load = () => JSON.parse(sessionStorage.getItem(KEY) ?? "{}");

/** A function channel -> number of unread messages; what is open counts as seen, the rest as the server says until seen once. */
export function useSeen(me, place, messages) {
  const [seen, setSeen] = useState(load);
  const latest = (messages[place] ?? []).at(-1)?.ts ?? "0";
  const key = `${me}/${place}`;
  useEffect(() => {
    setSeen((old) => {
      if (old[key] === latest) return old;
      const next = { ...old, [key]: latest };
      sessionStorage.setItem(KEY, JSON.stringify(next));
      return next;
    });
  }, [key, latest]);
  return useCallback(
    (channel) => {
      if (channel.id === place) return 0;
      const upTo = seen[`${me}/${channel.id}`];
      if (upTo === undefined) return channel.unread;
      const fresh = (message) => Number(message.ts) > Number(upTo) && message.user !== me && !isReply(message);
      return (messages[channel.id] ?? []).filter(fresh).length;
    },
    [seen, me, place, messages],
  );
}
