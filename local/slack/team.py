"""The people, channels and groups of the local team."""

from dataclasses import dataclass

TEAM = "T0NORTH"
TEAM_NAME = "Northlight Studio"
APP = "A0AVATAR"
BOT_USER = "U0AVATARBOT"
APP_NAME = "Avatar Ops"


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    real_name: str
    title: str
    color: str


@dataclass(frozen=True)
class Channel:
    id: str
    name: str
    kind: str = "channel"
    member: str = ""  # the person of a direct message


PRIVATE = "private"  # only invited people read what is said there
PEOPLE = (
    Person("U0MAYA", "maya", "Maya Lindqvist", "Producer", "#c2410c"),
    Person("U0BEN", "ben", "Ben Okafor", "Head of production, approver", "#0f766e"),
    Person("U0INES", "ines", "Ines Duarte", "Finance, approver", "#7c3aed"),
    Person("U0OMAR", "omar", "Omar Haddad", "Portal operator", "#1d4ed8"),
    Person("U0LENA", "lena", "Lena Fischer", "Engineer on call", "#be185d"),
)
CHANNELS = (
    Channel("C0AVATARS", "avatars", PRIVATE),
    Channel("C0OPERATORS", "avatar-portal", PRIVATE),
    Channel("C0ONCALL", "on-call", PRIVATE),
    Channel("C0MAINTAIN", "avatar-maintainers", PRIVATE),
    Channel("C0GENERAL", "general"),
    *(Channel(f"D{person.id[1:]}", APP_NAME, "im", person.id) for person in PEOPLE),
)
GROUPS = {
    "S0APPROVERS": ("avatar-approvers", ("U0BEN", "U0INES")),
    "S0OPERATORS": ("avatar-operators", ("U0OMAR",)),
    "S0ONCALL": ("on-call", ("U0LENA",)),
}
