"""`make audit`: known vulnerabilities in the locked Python packages. What could not be looked up is no audit, and fails it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from packaging.markers import Marker

from local.package import ROOT

LOCKS = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"^([a-z0-9][\w.-]*)==([^\s;]+)(?: ; (.+?))? \\$", re.MULTILINE)


def pinned(lock: str) -> dict[str, str]:
    """The versions that a lock file has for this Python on this system, by name."""
    return {name: version for name, version, marker in PIN.findall(lock) if not marker or Marker(marker).evaluate()}


def problems(lock: str, answer: dict[str, Any]) -> list[str]:
    """What pip-audit found in a lock file, and what it did not look at."""
    looked_at = {str(item["name"]): item for item in answer["dependencies"]}
    told: list[str] = []
    for name, version in pinned(lock).items():
        item = looked_at.get(name, {})
        if item.get("version") != version or "vulns" not in item:
            told.append(f"{name} {version}: not audited ({item.get('skip_reason', 'it is not in the answer')})")
            continue
        told += [f"{name} {version}: {vuln['id']}, fixed in {vuln['fix_versions'] or '-'}" for vuln in item["vulns"]]
    return told


def main() -> int:
    """0: every package was looked up, and nothing is known against any."""
    wrong = 0
    for file in LOCKS:
        program = Path(sys.executable).with_name("pip-audit")
        command = [str(program), "-r", file, "--require-hashes", "--disable-pip", "--format", "json"]
        ran = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603
        if not ran.stdout:
            reason = (ran.stderr.strip() or f"pip-audit ended with {ran.returncode}").splitlines()[-1]
            print(f"{file}: not audited, since the advisories could not be looked up: {reason}")
            return 1
        lock = (ROOT / file).read_text(encoding="utf-8")
        found = problems(lock, json.loads(ran.stdout))
        print(*found, f"{file}: {len(pinned(lock))} packages, {len(found)} problems", sep="\n")
        wrong += len(found)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
