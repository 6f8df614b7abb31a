"""Read the policy and the resources from their TOML files, and say what is wrong in them by line of meaning."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from shared.domain.policy import Policy
from shared.domain.resources import Resource
from shared.errors import Broken


def read_policy(path: Path) -> Policy:
    """The policy.

    Raises:
        Broken: the file is missing or wrong; the sentence names the file, the entry and what it should be.
    """
    try:
        return Policy.model_validate(_toml(path))
    except ValidationError as error:
        raise Broken("policy_file", _sentence(path, error)) from error


def read_resources(path: Path, keys: dict[str, SecretStr]) -> dict[str, Resource]:
    """Resources by name, each with its key where there is one.

    Raises:
        Broken: the file is missing or wrong.
    """
    data = _toml(path)
    try:
        resources = {
            name: Resource.model_validate({**entry, "name": name, "key": keys.get(name)})
            for name, entry in data.get("resources", {}).items()
        }
    except ValidationError as error:
        raise Broken("resources_file", _sentence(path, error)) from error
    if not resources:
        raise Broken("resources_file", f"{path} names no resource; it needs one [resources.NAME] table for each.")
    for name, resource in resources.items():
        if resource.driver == "rest" and not resource.endpoint:
            raise Broken("resources_file", f"{path}: resources.{name}.endpoint is missing; driver = rest needs one.")
    return resources


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Broken("file_missing", f"There is no file {path}; the setting that names it may be wrong.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Broken("file_unreadable", f"{path} is not valid TOML: {error}.") from error


def _sentence(path: Path, error: ValidationError) -> str:
    problems = [f"{'.'.join(str(part) for part in e['loc']) or 'the file'}: {e['msg']}" for e in error.errors()]
    return f"{path} is wrong: {'; '.join(problems)}."
