"""Look for secrets in every file that git tracks or would add (part of `make check`), by the shapes of those that this app has to do with.

A value that only looks like one is left alone where its line says why: `no secret: ...`.
"""

import re
import subprocess
import sys
from pathlib import Path

from local.azurite import KEY
from local.package import ROOT

SHAPES = {
    "a Slack token": r"xox[a-z](?:\.xox[a-z])?-\d+-[\w-]{16,}",
    "a Slack app token": r"xapp-\d-[A-Z0-9]+-\d+-[0-9a-f]{32,}",
    "a Slack webhook": r"hooks\.slack\.com/(?:services|triggers|workflows)/[\w/]{24,}",
    "a storage account's key": r"(?<![\w+/-])[A-Za-z0-9+/]{86}==",
    "a signed link": r"[?&;]sig=[\w%+/-]{40,}",
    "an Entra client secret": r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])",
    "a key of an Azure AI resource": r"(?<!\w)[A-Za-z0-9]{50,54}JQQJ99[A-Za-z0-9]{24,28}(?!\w)",
    "a secret beside its name": r"(?i)(?:secret|token|password|keys?)\b[^\n]{0,60}?(?<![0-9a-z-])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{32}(?![0-9a-z-])",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY",
    "a JSON web token": r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "a GitHub token": r"gh[opsur]_[A-Za-z0-9]{36}|github_pat_\w{60,}",
}
PATTERNS = {kind: re.compile(shape) for kind, shape in SHAPES.items()}
EXCUSE = "no secret: "


def found(text: str) -> list[str]:
    """Each line with a secret, by number and kind; the secret itself is not repeated."""
    told: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if EXCUSE not in line:
            bare = line.replace(KEY, "")  # Azurite's key is published, and opens nothing else
            told += [f"{number}: {kind}" for kind, pattern in PATTERNS.items() if pattern.search(bare)]
    return told


def tracked(root: Path) -> list[str]:
    """Every file that git tracks, or would add."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)  # noqa: S603
    return sorted(name for name in set(listed.stdout.split("\0")) if name and (root / name).is_file())


def main(root: Path = ROOT) -> int:
    """0: no secret was found."""
    if not (root / ".git").exists():
        print("No look for secrets: this is not a git checkout.")
        return 0
    names = tracked(root)
    told = [f"{name}:{line}" for name in names for line in found((root / name).read_text("utf-8", errors="replace"))]
    print(*told, f"{len(names)} files, {len(told)} secrets", sep="\n")
    return min(len(told), 1)


if __name__ == "__main__":
    sys.exit(main())
