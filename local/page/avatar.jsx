// A person's picture: coloured initials; for the app its icon, or a drawn one.
import { shownName } from "./world.js";

const FACE = (
  <svg viewBox="0 0 20 20">
    <circle cx="10" cy="6.500" r="4" fill="#fff" />
    <path d="M2.500 18a7.500 6.500 0 0 1 15 0z" fill="#fff" />
  </svg>
);

export function Avatar({ person, size = 36 }) {
  const style = { width: size, height: size, fontSize: Math.round(size * 0.39), background: person.color };
  if (person.icon && /^[./]|^data:/.test(person.icon)) return <img className="avatar" style={style} src={person.icon} alt="" />;
  if (person.app) return <span className="avatar avatar-app" style={{ width: size, height: size }} aria-hidden="true">{FACE}</span>;
  const initials = shownName(person).split(/\s+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();
  return <span className="avatar" style={style} aria-hidden="true">{initials}</span>;
}
