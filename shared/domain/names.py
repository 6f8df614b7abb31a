"""Names that people choose: what is allowed, and the sentence for what is not."""

import re
from typing import Literal, get_args
from urllib.parse import urlsplit

from shared.domain.base import Frozen
from shared.errors import Refused

Kind = Literal["natural", "status0", "silent", "gesture", "interaction", "consent"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# Model names of the service: letters, digits, `-`, `_` (its length is not documented; 40 leaves room for `-v12`).
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}[A-Za-z0-9]")


def avatar_name(text: str) -> str:
    """The name, in lower case, since it becomes part of blob paths and ids.

    Raises:
        Refused: with an example, when the name has anything but letters, digits, `-` and `_`.
    """
    if not NAME.fullmatch(text):
        raise Refused(
            "name_not_allowed",
            f"“{printable(text)}” can't be a name: use 2 to 40 letters, digits, `-` or `_`, for example `presenter`.",
        )
    return text.lower()


MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # of a model made in the portal, where names may be longer


def must_be_model(text: str) -> None:
    """A model's name as the service allows it: cards and calls show it as it is.

    Raises:
        Refused: it has anything but letters, digits, `-` and `_`.
    """
    if not MODEL.fullmatch(text):
        raise Refused("name_not_allowed", f"“{printable(text)}” can't be a model's name: letters, digits, `-` and `_`.")


PORTALS = (".azure.com", ".microsoft.com", ".azure.us", ".azure.cn")


def portal_address(text: str) -> str:
    """The address of a workspace in the portal, or nothing.

    Raises:
        Refused: it is no address of Microsoft's portals; cards show it to operators as a place to go to.
    """
    text = text.strip()
    plain = text.isascii() and not any(c in text for c in "<>|` \n")
    try:
        found = urlsplit(text if plain else "")
    except ValueError:  # a bracket in its host
        found = urlsplit("")
    if text and not (found.scheme == "https" and f".{found.hostname or ''}".endswith(PORTALS)):
        raise Refused(
            "wrong_address",
            "Copy the address of the workspace from the portal: it begins with https://ai.azure.com/ (or leave it empty).",
        )
    return text[:500]


def printable(text: str, most: int = 60) -> str:
    """At most so many characters of what a person or a service wrote, on one line, for quoting it; it can ping nobody."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    line = line if len(line) <= most else line[: most - 1] + "…"
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")


class ClipPath(Frozen):
    """Where a clip lies in the container: `<avatar>/<kind>/<file>`."""

    avatar: str
    kind: Kind
    file: str

    @property
    def blob(self) -> str:
        return f"{self.avatar}/{self.kind}/{self.file}"


def clip_path(blob: str) -> ClipPath:
    """Read a blob's name.

    Raises:
        Refused: the folder is not `<avatar>/<kind>/`; the sentence says where the file belongs.
    """
    parts = blob.split("/")
    if len(parts) != 3 or not all(parts):
        raise Refused(
            "wrong_folder",
            f"`{printable(blob)}` is not in a clip folder. Upload it as `<avatar>/<kind>/<file>`, for example "
            "`presenter/natural/take1.mp4`.",
        )
    avatar, kind, file = parts
    if kind not in KINDS:
        raise Refused(
            "wrong_kind",
            f"`{printable(blob)}` is in the folder “{printable(kind)}”, which is not a kind of clip. "
            f"The kinds are {', '.join(KINDS)}: upload it as `{printable(avatar)}/natural/{printable(file)}`, say.",
        )
    if avatar != avatar_name(avatar):
        raise Refused(
            "folder_not_lower_case",
            f"`{printable(blob)}`: folders are in lower case; upload it to `{avatar_name(avatar)}/{kind}/`.",
        )
    return ClipPath(avatar=avatar, kind=kind, file=file)


def next_model_name(avatar: str, taken: frozenset[str]) -> str:
    """The first of `<avatar>-v1`, `-v2`, ... that is free in the resource (compared without case)."""
    lowered = {name.lower() for name in taken}
    number = 1
    while f"{avatar}-v{number}" in lowered:
        number += 1
    return f"{avatar}-v{number}"
