"""Every module has a test at its own path, or stands in ``untested.toml`` with a reason.

    python -m tests.house.mirror

The test of ``geofence/track/frozen.py`` is ``tests/unit/geofence/track/test_frozen.py``. Exits with
1 if a module has none and no reason, or if a reason has become stale.
"""

import sys
import tomllib
from pathlib import Path

from tests.house.tree import ROOT, modules

EXCEPTIONS = Path(__file__).with_name("untested.toml")


def test_of(module: Path) -> Path:
    """Give the path of a module's own test."""
    return Path("tests", "unit", *module.parts[:-1], f"test_{module.name}")


def faults_of(root: Path, exceptions: dict[str, str]) -> list[str]:
    """Tell what breaks the law, a line each; none if all is well."""
    found = {module.as_posix(): (root / test_of(module)).is_file() for module in modules(root)}
    faults = [
        f"{module}: no test at {test_of(Path(module)).as_posix()}"
        for module, is_tested in found.items()
        if not is_tested and module not in exceptions
    ]
    for module, reason in exceptions.items():
        if module not in found:
            faults.append(f"{module}: stands in {EXCEPTIONS.name}, but there is no such module")
        elif found[module]:
            faults.append(f"{module}: stands in {EXCEPTIONS.name}, but has a test; take it out")
        elif len(reason.split()) < 4:
            faults.append(f"{module}: {EXCEPTIONS.name} gives no reason")
    return faults


def main() -> int:
    """Print the share of modules with a test of their own, and what breaks the law."""
    exceptions = tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))
    faults = faults_of(ROOT, exceptions)
    every = modules(ROOT)
    tested = sum((ROOT / test_of(module)).is_file() for module in every)
    print("\n".join([*faults, ""]), end="")  # noqa: T201 - a check says what it found
    print(f"{tested} of {len(every)} modules have a test at their own path")  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
