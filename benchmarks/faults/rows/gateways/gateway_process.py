"""A real ``pingcheng gateway http`` process at a port that stays, and trackers that ask it."""

import contextlib
import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self

from benchmarks.faults.rows.gateways.requests import Asked
from benchmarks.faults.surroundings.command import PINGCHENG, environment
from ingest.broker.address import BrokerAddress
from ingest.web.server import listen

HOST = "127.0.0.1"
PATIENCE_S = 60.0
_AGAIN_S = 0.05


class GatewayProcess:
    """Open to whoever asks; a context that starts and ends it."""

    def __init__(self, folder: Path, broker: BrokerAddress) -> None:
        self._folder, self._broker = folder, broker
        with listen(HOST, 0) as free:
            self.port = int(free.getsockname()[1])
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(
            [
                *(*PINGCHENG, "gateway", "http", "--open", "--port", str(self.port)),
                *("--broker", str(self._broker)),
                *("--device-rate", "100000", "--address-rate", "100000"),
            ],
            cwd=self._folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise RuntimeError("the gateway did not start")

    @property
    def running(self) -> bool:
        """False once it has ended."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill it with SIGKILL, wherever it is."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


class Trackers:
    """So many trackers that ask at once, each its requests in order; each until it is answered.

    An answer of 503, or none, is asked again, as a tracker does.
    """

    def __init__(self, port: int, requests: Iterable[list[Asked]]) -> None:
        self._port = port
        self.acknowledged = 0
        """Requests with the answer that they want."""
        self.again: Counter[str] = Counter()
        """How often one was asked again, by why."""
        self.wrong: list[str] = []
        """Answers that nobody wants."""
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask_all, args=(own,), daemon=True) for own in requests
        ]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, whatever is left."""
        self._ending.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    @property
    def are_done(self) -> bool:
        """Whether all has been answered."""
        return not any(thread.is_alive() for thread in self._threads)

    def wait(self, patience_s: float = PATIENCE_S) -> bool:
        """Wait until all is answered; False if nothing was for so long."""
        before, since_s = -1, time.monotonic()
        while not self.are_done:
            if self.acknowledged != before:
                before, since_s = self.acknowledged, time.monotonic()
            elif time.monotonic() - since_s > patience_s:
                return False
            time.sleep(_AGAIN_S)
        return True

    def _ask_all(self, requests: list[Asked]) -> None:
        connection = HTTPConnection(HOST, self._port, timeout=PATIENCE_S)
        for asked in requests:
            while not self._ending.is_set() and not self._ask(connection, asked):
                time.sleep(_AGAIN_S)
        connection.close()

    def _ask(self, connection: HTTPConnection, asked: Asked) -> bool:
        try:
            connection.request("POST" if asked.body else "GET", asked.target, asked.body or None)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            connection.close()
            self._note(type(error).__name__)
            return False
        if answer.status == 503:
            self._note("503")
            return False
        code = ""
        if answer.status != 200:
            with contextlib.suppress(ValueError):
                code = json.loads(body)["code"]
        if answer.status != asked.status or code != (asked.code if code else ""):
            with self._lock:
                self.wrong.append(f"{answer.status} {code} for {asked.target[:60]}")
        with self._lock:
            self.acknowledged += 1
        return True

    def _note(self, why: str) -> None:
        with self._lock:
            self.again[why] += 1
