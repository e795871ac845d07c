"""A command of pingcheng, run to its end as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

PINGCHENG = (sys.executable, "-m", "pingcheng")


def environment(settings: dict[str, str] | None = None) -> dict[str, str]:
    """Give the environment of a process that finds this checkout and has some settings."""
    own = {f"PINGCHENG_{name.upper()}": value for name, value in (settings or {}).items()}
    return {**os.environ, **own, "PYTHONPATH": str(Path.cwd())}


def run(
    folder: Path, *arguments: str, settings: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run it in a folder; give its exit code and all that it said.

    A code but 0 raises nothing: of some commands it is an answer.
    """
    return subprocess.run(
        [*PINGCHENG, *arguments],
        cwd=folder,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def run_well(folder: Path, *arguments: str, settings: dict[str, str] | None = None) -> str:
    """Run what must succeed; give what it said.

    Raises
    ------
    RuntimeError
        If it does not.
    """
    done = run(folder, *arguments, settings=settings)
    if done.returncode != 0:
        raise RuntimeError(f"pingcheng {' '.join(arguments)}: {done.returncode}: {done.stderr}")
    return done.stdout
