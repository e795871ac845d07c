"""What the locks of a release hold, as CycloneDX: one file for Python, one for the page.

    python -m tests.house.sbom [FOLDER]

Writes ``pingcheng-python.cdx.json`` of ``requirements.lock`` and ``pingcheng-page.cdx.json`` of the
page's ``package-lock.json``, by default to ``dist/sbom``. Neither needs a network. Exits with 1 if
a tool fails, or leaves out a version that its lock holds.
"""

import json
import subprocess
import sys
from pathlib import Path

from packaging.utils import canonicalize_name

from tests.house.locks import PAGE, LockError, Pin, npm, page_pins, pins_of
from tests.house.tree import ROOT

SPEC_VERSION = "1.5"
"""Of CycloneDX: the newest that both tools write."""


def main(arguments: list[str]) -> int:
    """Write both files and say what they hold."""
    folder = Path(arguments[0]) if arguments else ROOT / "dist" / "sbom"
    folder.mkdir(parents=True, exist_ok=True)
    python, page = (folder / f"pingcheng-{name}.cdx.json" for name in ("python", "page"))
    try:
        lock = ROOT / "requirements.lock"
        _run(
            [sys.executable, "-m", "cyclonedx_py", "requirements", str(lock), "--pyproject",
             str(ROOT / "pyproject.toml"), "--spec-version", SPEC_VERSION, "--output-reproducible",
             "--output-file", str(python)],
        )  # fmt: skip
        _tell(python, {(canonicalize_name(name), version) for name, version in components(python)},
              set(pins_of(lock)))  # fmt: skip
        written = _run(
            [*npm(), "sbom", "--package-lock-only", "--sbom-format", "cyclonedx",
             "--sbom-type", "application"], ROOT / PAGE,
        )  # fmt: skip
        page.write_text(written, encoding="utf-8")
        _tell(page, components(page), page_pins(ROOT / PAGE))
    except (LockError, FileNotFoundError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        print(f"sbom: {said.strip()}", file=sys.stderr)  # noqa: T201 - a tool says what is wrong
        return 1
    return 0


def components(written: Path) -> set[Pin]:
    """Name the components of an SBOM with their versions."""
    found = json.loads(written.read_text(encoding="utf-8"))["components"]
    groups = (f"{each['group']}/" if each.get("group") else "" for each in found)
    return {
        (f"{group}{each['name']}", each["version"])
        for group, each in zip(groups, found, strict=True)
    }


def _tell(written: Path, held: set[Pin], locked: set[Pin]) -> None:
    if missing := sorted(locked - held):
        raise LockError(f"{written.name}: it lacks {', '.join('=='.join(pin) for pin in missing)}")
    print(f"{written}: {len(held)} components")  # noqa: T201


def _run(command: list[str], folder: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
