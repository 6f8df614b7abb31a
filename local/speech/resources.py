"""The Speech resources of the stand-in: where they are, what they may do, and how to read them from a file."""

import json
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter


class ResourceSpec(BaseModel):
    """One Speech resource. `can_train` and `voice_sync` depend on its region in the cloud."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    region: str
    key: str
    arm_id: str
    can_train: bool = False
    voice_sync: bool = False
    sku: Literal["S0", "F0"] = "S0"


def read(path: Path) -> list[ResourceSpec]:
    """The `resources` array of a TOML or JSON file.

    Raises:
        pydantic.ValidationError: a resource is incomplete or has an unknown field.
    """
    text = path.read_text(encoding="utf-8")
    content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    return TypeAdapter(list[ResourceSpec]).validate_python(content["resources"])
