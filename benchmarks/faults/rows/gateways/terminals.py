"""A real ``pingcheng gateway jt808`` process at a port that stays, and terminals for it."""

import asyncio
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.faults.surroundings.command import PINGCHENG, environment
from ingest.broker.address import BrokerAddress
from ingest.gateway.jt808.message import Version
from ingest.web.server import listen
from simulators.terminals.jt808 import Encoder, Terminal

HOST = "127.0.0.1"
PATIENCE_S = 60.0
_ANSWER_S = 2.0
"""How long a terminal waits for an answer before it sends again."""
_AGAIN_S = 0.05
_CODE = "5f1c2d3e4a5b6c7d"
_FIRST = 10_000_000_001


def number_of(index: int) -> str:
    """Give the number of a terminal."""
    return str(_FIRST + index)


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and what is to come of it."""

    id: int
    body: bytes
    result: int | None = 0
    """Of the 0x8001 that is to answer it; None if it is a faulty frame, which is not answered."""


class JtGatewayProcess:
    """Knows so many terminals; a context that starts and ends it."""

    def __init__(self, folder: Path, broker: BrokerAddress, terminals: int) -> None:
        self._folder, self._broker = folder, broker
        with listen(HOST, 0) as free:
            self.port = int(free.getsockname()[1])
        listed = [f"{number_of(index)},{_CODE}" for index in range(terminals)]
        (folder / "terminals.csv").write_text("\n".join(["terminal,code", *listed]))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.kill()

    def start(self) -> None:
        """Start it; terminals come again until it listens."""
        self._process = subprocess.Popen(
            [
                *(*PINGCHENG, "gateway", "jt808", "--terminals", "terminals.csv"),
                *("--port", str(self.port), "--broker", str(self._broker)),
            ],
            cwd=self._folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def running(self) -> bool:
        """False once it has ended."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill it with SIGKILL, wherever it is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Terminals:
    """So many terminals at once, each sending its messages in order, each until it is answered.

    What is not answered in `_ANSWER_S`, or on a connection that ends, is sent again.
    """

    def __init__(self, port: int, messages: Sequence[Sequence[Said]]) -> None:
        self._port, self._messages = port, messages
        self.acknowledged = 0
        """Messages with the answer that they want."""
        self.again: Counter[str] = Counter()
        """How often one was sent again, by why."""
        self.wrong: list[str] = []
        """Answers that nobody wants."""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()), daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, whatever is left."""
        self._ending.set()
        self._thread.join(PATIENCE_S)

    @property
    def are_done(self) -> bool:
        """Whether all has been answered."""
        return not self._thread.is_alive()

    def wait(self) -> bool:
        """Wait until all is answered; False if nothing was for long."""
        before, since_s = -1, time.monotonic()
        while not self.are_done:
            if self.acknowledged != before:
                before, since_s = self.acknowledged, time.monotonic()
            elif time.monotonic() - since_s > PATIENCE_S:
                return False
            time.sleep(_AGAIN_S)
        return True

    async def _all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for index, own in enumerate(self._messages):
                group.create_task(
                    self._one(Encoder(number_of(index), list(Version)[index % 2]), own)
                )

    async def _one(self, encoder: Encoder, messages: Sequence[Said]) -> None:
        """Send all of one terminal, over as many connections as it takes."""
        done = 0
        while done < len(messages) and not self._ending.is_set():
            try:
                async with await Terminal.connect(HOST, self._port, encoder) as terminal:
                    await asyncio.wait_for(terminal.introduce("A12345"), _ANSWER_S)
                    for said in messages[done:]:
                        await self._say(terminal, said)
                        done += 1
                        self.acknowledged += 1
            except (OSError, TimeoutError) as error:
                self.again[type(error).__name__] += 1
                await asyncio.sleep(_AGAIN_S)

    async def _say(self, terminal: Terminal, said: Said) -> None:
        frame = b"".join(terminal.encoder.message(said.id, said.body))
        serial = terminal.encoder.serial - 1
        if said.result is None:
            await terminal.send_raw(frame[:-2] + bytes([frame[-2] ^ 0x01]) + frame[-1:])
            return
        while not self._ending.is_set():
            await terminal.send_raw(frame)
            try:
                result = await asyncio.wait_for(terminal.result_of(serial), _ANSWER_S)
            except TimeoutError:
                self.again["silence"] += 1
                continue
            if result != said.result:
                self.wrong.append(f"{result} for {said.body[:60].hex()}")
            return
