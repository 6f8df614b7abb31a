// Business time and how it is written: the running clock, Slack's date tokens, the words for days.
import { createContext, useContext, useEffect, useState } from "react";

/** {now: ISO, speed, seenAt}: what the server last said, and when (performance.now) it said it. */
export const Clock = createContext({ now: new Date(0).toISOString(), speed: 1, seenAt: 0 });

export const reading = (clock) =>
  new Date(Date.parse(clock.now) + (performance.now() - clock.seenAt) * (clock.speed ?? 1));

/** Business time, drawn again as often as the shown unit can change. */
export function useNow(everyMs = 1000) {
  const clock = useContext(Clock);
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return reading(clock);
}

export const dateOf = (ts) => new Date(Number(ts) * 1000);
const write = (options) => (date) => date.toLocaleString("en-GB", options);
export const timeOf = write({ hour: "2-digit", minute: "2-digit" });
const seconds = write({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const clockDate = write({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const long = write({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const full = write({ day: "numeric", month: "long", year: "numeric" });
const short = write({ day: "numeric", month: "short", year: "numeric" });
const numbers = (date) =>
  [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
export const whenFull = (date) => `${long(date)}, ${timeOf(date)}`;

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
const near = { 0: "Today", 1: "Tomorrow", [-1]: "Yesterday" };
const nearDay = (date, now) => near[Math.round((midnight(date) - midnight(now)) / 86_400_000)];
/** Inside a text "today" is written small. */
const pretty = (date, now, otherwise) => nearDay(date, now)?.toLowerCase() ?? otherwise(date);
const day = write({ weekday: "long", day: "numeric", month: "long" });
export const dayOf = (date, now) => nearDay(date, now) ?? day(date);

/** "3 hours ago", "in 2 days". */
export function ago(date, now) {
  const span = (date - now) / 1000;
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [unit, size] = units.find(([, length]) => Math.abs(span) >= length) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(Math.trunc(span / size), unit);
}

/** Fill the tokens of Slack's <!date^…^format|…>. */
export function slackDate(format, date, now) {
  const tokens = {
    "{day_divider_pretty}": () => dayOf(date, now),
    "{date_num}": () => numbers(date),
    "{date_slash}": () => numbers(date).replaceAll("-", "/"),
    "{date_long_full}": () => full(date),
    "{date_long_pretty}": () => pretty(date, now, long),
    "{date_long}": () => long(date),
    "{date_short_pretty}": () => pretty(date, now, short),
    "{date_short}": () => short(date),
    "{date_pretty}": () => pretty(date, now, full),
    "{date}": () => full(date),
    "{time_secs}": () => seconds(date),
    "{time}": () => timeOf(date),
    "{ago}": () => ago(date, now),
  };
  return format.replace(/\{[a-z_]+\}/g, (token) => tokens[token]?.() ?? token);
}
