// What every part of the page may need to know of the team: names for ids, the app, who I am, and a way to act.
import { createContext, useContext } from "react";

export const World = createContext(null);
export const useWorld = () => useContext(World);

const GREY = "#616061";
export const APP_COLOR = "#611f69";

/** Look-up tables from a state; `person(id)` always answers, for the app and for unknown ids too. */
export function worldOf(state) {
  const { people, app } = state;
  const byId = new Map(people.map((person) => [person.id, person]));
  const channels = new Map(state.channels.map((channel) => [channel.id, channel]));
  const groups = new Map(state.groups.map((group) => [group.id, group]));
  const bot = { id: app.bot_user_id, name: app.name, real_name: app.name, color: APP_COLOR, icon: app.icon, app: true };
  const person = (id) => byId.get(id) ?? (id === bot.id ? bot : { id, name: id, real_name: id, color: GREY });
  return { me: state.me, people, app, bot, person, channels, groups, avatars: state.avatars, commands: state.commands };
}

export const shownName = (person) => person.real_name || person.name;

/** What a channel is called in lists and headings. */
export function channelName(channel, world) {
  return channel.kind === "im" && channel.with ? shownName(world.person(channel.with)) : channel.name;
}
