"""Try each thing that we depend on, once."""

from collections.abc import Callable

from shared.errors import AppError
from shared.services import Services


def checkup(services: Services) -> dict[str, str]:
    """`ok` or the code of what is wrong, by part."""
    tries: dict[str, Callable[[], object]] = {
        "tables": lambda: services.lists.entries("stuck"),
        "clips": lambda: services.clips.info("health/none"),
        "slack": services.messenger.check,
    }
    for name, resource in services.resources.items():
        driver = services.drivers.of(resource)
        tries[f"speech {name}"] = lambda driver=driver, resource=resource: driver.check(resource)
    return {name: _word(attempt) for name, attempt in tries.items()}


def _word(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except AppError as error:
        return error.code
    return "ok"
