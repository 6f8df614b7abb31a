"""`python -m local.package`: copy what a deployment holds, and nothing else, into a folder; `.funcignore` says what that is."""

import argparse
import shutil
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).parent.parent


def packaged(root: Path) -> list[Path]:
    """The files below the root that `.funcignore` leaves, relative to it and sorted.

    Raises:
        ValueError: a pattern is more than one name, which is all that is understood here.
    """
    lines = (line.strip() for line in (root / ".funcignore").read_text(encoding="utf-8").splitlines())
    patterns = [line for line in lines if line and not line.startswith("#")]
    for pattern in patterns:
        if "/" in pattern or pattern.startswith("!"):
            message = f".funcignore: “{pattern}” is not a plain name"
            raise ValueError(message)
    return sorted(path.relative_to(root) for path in _left(root, patterns))


def _left(folder: Path, patterns: list[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        if any(fnmatchcase(path.name, pattern) for pattern in patterns):
            continue
        if path.is_dir():
            yield from _left(path, patterns)
        else:
            yield path


def build(root: Path, target: Path) -> list[Path]:
    """Make the target folder anew from what belongs into it; the answer is its files, relative to it."""
    files = packaged(root)
    shutil.rmtree(target, ignore_errors=True)
    for file in files:
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / file, target / file)
    return files


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.package", description=__doc__)
    parser.add_argument("--target", type=Path, default=ROOT / ".local" / "package")
    target: Path = parser.parse_args().target
    files = build(ROOT, target)
    size = sum((target / file).stat().st_size for file in files)
    print(f"{target}: {len(files)} files, {size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
