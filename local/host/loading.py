"""Load `function_app.py` and read what each function is triggered by and where its output goes."""

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Function:
    """One function: its callable, its trigger and its output bindings, as dictionaries of the bindings' JSON."""

    name: str
    call: Callable[..., Any]
    trigger: dict[str, Any]
    outputs: tuple[dict[str, Any], ...]

    @property
    def kind(self) -> str:
        return str(self.trigger["type"])


def load(root: Path) -> list[Function]:
    """All functions of the app in this folder that no setting disables. It can be loaded once in a process."""
    sys.path.insert(0, str(root))
    spec = importlib.util.spec_from_file_location("function_app", root / "function_app.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(root / "function_app.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["function_app"] = module
    spec.loader.exec_module(module)
    functions = [_function(found) for found in module.app.get_functions()]
    return [one for one in functions if os.environ.get(f"AzureWebJobs.{one.name}.Disabled", "").lower() != "true"]


def _function(found: Any) -> Function:
    bindings = [binding.get_dict_repr() for binding in found.get_bindings()]
    trigger = found.get_trigger().get_dict_repr()
    outputs = tuple(b for b in bindings if b["direction"].value == 1 and b["type"] != "http")
    return Function(str(found.get_function_name()), found.get_user_function(), trigger, outputs)


@dataclass(frozen=True)
class QueueRules:
    """host.json, extensions.queues."""

    batch: int = 16
    most: int = 5
    delay_s: int = 0
    base64: bool = True


def queue_rules(root: Path) -> QueueRules:
    data = json.loads((root / "host.json").read_text(encoding="utf-8"))
    queues = data.get("extensions", {}).get("queues", {})
    hours, minutes, seconds = (int(part) for part in queues.get("visibilityTimeout", "00:00:00").split(":"))
    return QueueRules(
        batch=int(queues.get("batchSize", 16)),
        most=int(queues.get("maxDequeueCount", 5)),
        delay_s=hours * 3600 + minutes * 60 + seconds,
        base64=queues.get("messageEncoding", "base64") == "base64",
    )


def connection(name: str) -> str:
    """A connection of the bindings is an environment variable."""
    value = os.environ.get(name, "")
    if not value:
        message = f"the connection {name} is not set"
        raise KeyError(message)
    return value
