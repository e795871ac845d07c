"""A real ``pingcheng serve``, whose live feed can be broken from outside."""

import subprocess
import sys
from http.client import HTTPException
from pathlib import Path
from typing import Self

from benchmarks.faults.surroundings.command import environment
from tests.fixtures.web_clients import ask

_PATIENCE_S = 10.0
_BREAKABLE = """
import pathlib, time
from analytics.dashboard.state.feed import Feed
from pingcheng import main

follow = Feed._follow

def break_down(feed):
    if pathlib.Path("feed-ends").exists():
        raise ZeroDivisionError("a mistake")
    while pathlib.Path("feed-hangs").exists():
        time.sleep(1)
    follow(feed)

Feed._follow = break_down
main()
"""


class ServeProcess:
    """Serves a log in a folder with a plan.toml; a context."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self._folder = folder
        options = ["--plan", "plan.toml", "--database", database_url, "--port", "0"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BREAKABLE, "serve", *options],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.url = ""

    def __enter__(self) -> Self:
        """Wait until it answers."""
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *_: object) -> None:
        """End it; the next one is sound."""
        self._process.kill()
        self._process.communicate()
        for path in self._folder.glob("feed-*"):
            path.unlink()

    def break_feed(self, how: str) -> None:
        """Have its feed end of a mistake (``ends``) or stand still (``hangs``)."""
        (self._folder / f"feed-{how}").touch()

    def code_after(self, patience_s: float) -> int | None:
        """Give its exit code; None if it has not ended in time."""
        try:
            return self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            return None


def health_at(url: str) -> tuple[int, str]:
    """Give status and text of the health page of a process; 0 if it does not answer."""
    try:
        status, told = ask(url, "/healthz", _PATIENCE_S)
    except (OSError, HTTPException):
        return 0, ""
    return status, told.decode()
