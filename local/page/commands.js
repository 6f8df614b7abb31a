// Hints for /avatar in the composer; the server may send its own list as state.commands.

const HINTS = [
  { usage: "/avatar help", does: "What I can do, with examples" },
  { usage: "/avatar new", does: "Start an avatar: talent, owner, channel" },
  { usage: "/avatar status", does: "Where every avatar stands" },
  { usage: "/avatar clips", does: "Checked clips and what is still missing" },
  { usage: "/avatar train", does: "Ask for a training, with its price" },
  { usage: "/avatar copy", does: "Copy a model to another region" },
  { usage: "/avatar deploy", does: "Ask for a deployment, with its monthly price" },
  { usage: "/avatar remove", does: "Take a deployment down" },
  { usage: "/avatar costs", does: "What runs, what it costs, what is idle" },
];

/** The hints that fit what is typed so far; a full command, or an argument after it, offers the avatars' names. */
export function hintsFor(text, { commands, avatars }) {
  if (!text.startsWith("/") || text.includes("\n")) return [];
  const list = commands ?? HINTS;
  const typed = text.toLowerCase();
  const fit = list.filter(({ usage }) => usage.startsWith(typed) && usage !== typed);
  if (fit.length) return fit;
  const [, command, argument] = /^(\/avatar \S+) (\S*)$/.exec(text) ?? [];
  if (!command || !list.some(({ usage }) => usage.startsWith(command))) return [];
  return (avatars ?? [])
    .filter((name) => name.startsWith(argument) && name !== argument)
    .map((name) => ({ usage: `${command} ${name}`, does: "Avatar" }));
}
