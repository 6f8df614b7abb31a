"""Names that people type: a unique beginning is enough, and a typo gets a suggestion."""

from difflib import get_close_matches

from shared.domain.names import printable
from shared.services import Services


def known_names(services: Services) -> list[str]:
    """Every avatar there is."""
    return sorted({entry.avatar for entry in services.lists.entries("avatars")})


def completed(services: Services, name: str) -> str | None:
    """The avatar that is meant: of this name, or the only one that begins so; the only one there is, where none is named."""
    names = known_names(services)
    if name in names:
        return name
    fit = [known for known in names if known.startswith(name)]
    return fit[0] if len(fit) == 1 else None


def unknown(services: Services, name: str) -> str:
    """What to say where nobody can tell which avatar is meant."""
    names = known_names(services)
    if not names:
        return "There is no avatar yet. Make one with `/avatar new presenter`."
    if not name:
        return f"Which avatar? There are {_listed(names)}: name one, for example `/avatar status {names[0]}`."
    begin = [known for known in names if known.startswith(name)]
    near = begin or get_close_matches(name, names, n=3, cutoff=0.6)
    hint = f" Did you mean {_listed(near, 'or')}?" if near else ""
    return f"There is no avatar “{printable(name)}”.{hint} `/avatar list` shows all, for example `/avatar status {names[0]}`."


def _listed(names: list[str], word: str = "and") -> str:
    shown = [f"`{name}`" for name in names[:8]]
    if len(names) > len(shown):
        return f"{', '.join(shown)} {word} {len(names) - len(shown)} more"
    return f" {word} ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
