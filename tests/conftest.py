"""What every test stands on: no network beyond loopback, and tools that are named when they are missing."""

import os
import shutil
import sys
from typing import Any

import pytest
from hypothesis import settings

# As in the process that checks clips: threads that spin for each other make faces ten times as slow where processors are shared.
os.environ.setdefault("OMP_NUM_THREADS", "1")
settings.register_profile("ours", deadline=None)  # how long an example takes says something about the machine only
settings.load_profile("ours")

TOOLS = {"chromium": ("chromium", "apt-get install chromium"), "ffprobe": ("ffprobe", "apt-get install ffmpeg")}


def _loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and str(address[0]) not in {"127.0.0.1", "::1", "localhost"}:
        message = f"a test wanted to connect to {address[0]}: only loopback is allowed"
        raise RuntimeError(message)


sys.addaudithook(_loopback_only)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test` runs on Python alone; `make test-all` sets ALL_TESTS and fails where a tool is missing.

    Files with slow tests come first, so that no process is left with one of them at the end.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
    for item in items:
        if item.get_closest_marker("slow") and not os.environ.get("ALL_TESTS"):
            item.add_marker(pytest.mark.skip(reason="takes its time: make test-all runs it"))
    for name, (program, how) in TOOLS.items():
        there = bool(os.environ.get("ALL_TESTS"))
        for item in items:
            if item.get_closest_marker(name) and not there:
                item.add_marker(pytest.mark.skip(reason=f"needs {program}: {how}, then make test-all"))
            elif item.get_closest_marker(name) and shutil.which(program) is None:
                pytest.exit(f"make test-all needs {program}: on Debian, {how}", returncode=1)
