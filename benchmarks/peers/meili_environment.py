"""The environment of Meili: pyvalhalla's wheels want Python 3.12, this project runs from 3.11 on.

Made once in ``.venv-meili`` beside ``.venv``, with the first interpreter found: this one, then on
PATH, then of pyenv; without any, uv is asked for one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.peers.peer import PeerError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".venv-meili"
LOCK = ROOT / "requirements-meili.lock"
VERSIONS = ("3.14", "3.13", "3.12")
FITS = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))"
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--require-hashes")


def meili_python() -> Path:
    """Give the interpreter that has pyvalhalla; make its environment if need be.

    Raises
    ------
    PeerError
        If there is no Python 3.12 or newer, or pyvalhalla cannot be installed.
    """
    python, mark = FOLDER / "bin/python", FOLDER / LOCK.name
    if not mark.exists() or mark.read_bytes() != LOCK.read_bytes():
        print(f"making the environment of Meili in {FOLDER.name} ...", file=sys.stderr)
        shutil.rmtree(FOLDER, ignore_errors=True)
        try:
            _make(python)
        except (OSError, subprocess.CalledProcessError) as error:
            said = str(getattr(error, "stderr", None) or error).strip().splitlines()[-1:]
            raise PeerError(
                f"its environment could not be made ({''.join(said)}); put Python 3.12, 3.13 or "
                f"3.14 on PATH, see that {LOCK.name} can be installed from your package index, and "
                "run this again"
            ) from error
        shutil.copy(LOCK, mark)
    return python


def _make(python: Path) -> None:
    found = next(_interpreters(), None)
    if found is not None:
        _run(found, "-m", "venv", FOLDER)
        _run(python, *PIP, "-r", LOCK)
        return
    _run(sys.executable, "-m", "uv", "venv", "--python", VERSIONS[-1], FOLDER)
    _run(sys.executable, "-m", "uv", "pip", "install", "--python", python, "--require-hashes",
         "-r", LOCK)  # fmt: skip


def _interpreters() -> Iterator[Path]:
    """Name the interpreters that fit, best first."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    on_path = (shutil.which(f"python{version}") for version in VERSIONS)
    named = [Path(sys.executable), *(Path(found) for found in on_path if found)]
    named += [found for version in VERSIONS for found in pyenv.glob(f"{version}.*/bin/python")]
    for candidate in named:
        # a shim of pyenv is there for versions that are not chosen, and fails when called
        if (
            subprocess.run([candidate, "-c", FITS], capture_output=True, check=False).returncode
            == 0
        ):
            yield candidate


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True)
