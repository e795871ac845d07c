"""The modules and wings that there are, read from the folders."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ingest", "geofence", "analytics", "simulators")
WITHOUT_TESTS = ("ingest/migrations",)
"""Folders whose files are no modules to be tested one by one: each revision is run by all tests."""


def modules(root: Path = ROOT) -> list[Path]:
    """Give every module of the packages relative to the root, but for ``__init__.py``."""
    return sorted(
        path.relative_to(root)
        for package in PACKAGES
        for path in (root / package).rglob("*.py")
        if path.name != "__init__.py"
        and not any(path.is_relative_to(root / folder) for folder in WITHOUT_TESTS)
    )


def wings(root: Path = ROOT) -> list[str]:
    """Give the dotted name of every folder of Python files below a package."""
    return sorted({".".join(path.parts[:-1]) for path in modules(root) if len(path.parts) > 2})


def folders(root: Path = ROOT) -> Iterator[tuple[Path, int]]:
    """Give each folder outside ``tests/`` with the number of its Python files."""
    for package in (*PACKAGES, "benchmarks"):
        for folder in [root / package, *(root / package).rglob("*/")]:
            if count := len(list(folder.glob("*.py"))):
                yield folder.relative_to(root), count
