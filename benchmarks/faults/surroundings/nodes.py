"""Three nodes of nats-server as they are shipped, each in a network of its own that can be cut.

As root each node has a network namespace, and its cable can be pulled: packets vanish without a
word. Elsewhere all are on this machine's loopback, and nothing can be cut.
"""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from ingest.broker.address import BrokerAddress
from ingest.broker.broker import _server_path
from ingest.broker.child_process import ends_with_parent
from ingest.broker.cluster import Cluster
from ingest.broker.nats_config import NatsConfig
from ingest.broker.shares import mappings

COUNT = 3
_BRIDGE_LETTERS = 6
_READY_S, _POLL_S = 60.0, 0.05


@dataclass
class Node:
    """One of them; what it acknowledged outlives a kill."""

    number: int
    address: BrokerAddress
    config_path: Path
    monitor_port: int
    namespace: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def _within(self) -> list[str]:
        return ["ip", "netns", "exec", self.namespace] if self.namespace else []

    @property
    def is_current(self) -> bool:
        """Whether it has caught up with the others, by its own page."""
        asking = f"import urllib.request as u; u.urlopen({self._page!r}, timeout=2)"
        asked = subprocess.run(
            [*self._within, sys.executable, "-c", asking], check=False, capture_output=True
        )
        return asked.returncode == 0

    @property
    def _page(self) -> str:
        return f"http://127.0.0.1:{self.monitor_port}/healthz"

    def start(self) -> None:
        """Start it, without waiting for anything."""
        self._process = subprocess.Popen(
            [*self._within, _server_path(), "-c", str(self.config_path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=ends_with_parent(),  # noqa: PLW1509 - one system call, no lock
        )

    def kill(self) -> None:
        """Kill it with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def cut(self) -> None:
        """Pull its cable."""
        _ip("link", "set", self.namespace, "down")

    def mend(self) -> None:
        """Plug it in again."""
        _ip("link", "set", self.namespace, "up")


class Nodes:
    """All of them; a context. `address` names each."""

    def __init__(self, folder: Path, patterns: Sequence[str]) -> None:
        self._folder, self._patterns = folder, patterns
        self._stack = ExitStack()
        self.nodes: list[Node] = []
        self.can_be_cut = False

    def __enter__(self) -> Self:
        """Start them, and wait until each takes connections.

        Raises
        ------
        TimeoutError
            If one does not.
        """
        try:
            hosts, namespaces = self._networks()
            ports = [_free_ports(3) for _ in range(COUNT)]
            routes = ",".join(f"{hosts[at]}:{ports[at][0]}" for at in range(COUNT))
            for at in range(COUNT):
                address = BrokerAddress(hosts[at], ports[at][1])
                config = NatsConfig(
                    self._folder / f"node-{at + 1}",
                    self._folder / f"node-{at + 1}.log",
                    host=address.host,
                    port=address.port,
                    monitor_port=ports[at][2],
                    mappings=mappings(self._patterns),
                    cluster=Cluster.parse(routes, at + 1),
                )
                path = self._folder / f"node-{at + 1}.conf"
                path.write_text(str(config), encoding="utf-8")
                node = Node(at + 1, address, path, ports[at][2], namespaces[at])
                self.nodes.append(node)
                self._stack.callback(node.kill)
                node.start()
            for node in self.nodes:
                _wait_for_session(node.address)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End them."""
        self._stack.close()

    @property
    def address(self) -> BrokerAddress:
        """Of all of them."""
        first, *others = [node.address for node in self.nodes]
        return replace(first, others=tuple(others))

    def wait_until_current(self, timeout_s: float) -> bool:
        """Wait until each node has caught up with the others; False if it takes too long."""
        until_s = time.monotonic() + timeout_s
        while not all(node.is_current for node in self.nodes):
            if time.monotonic() > until_s:
                return False
            time.sleep(_POLL_S)
        return True

    def start(self) -> None:
        """Start all that were killed."""
        for node in self.nodes:
            node.start()

    def kill(self) -> None:
        """Kill all."""
        for node in self.nodes:
            node.kill()

    def _networks(self) -> tuple[list[str], list[str]]:
        if os.geteuid() == 0:
            with suppress(OSError, subprocess.CalledProcessError):
                found = self._namespaces()
                self.can_be_cut = True
                return found
        return ["127.0.0.1"] * COUNT, [""] * COUNT

    def _namespaces(self) -> tuple[list[str], list[str]]:
        run = secrets.token_hex(_BRIDGE_LETTERS // 2)
        bridge, net = f"pc{run}", f"10.{77 + secrets.randbelow(100)}.{secrets.randbelow(250)}"
        _ip("link", "add", bridge, "type", "bridge")
        self._stack.callback(_try_ip, "link", "delete", bridge)
        _ip("addr", "add", f"{net}.254/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        names = []
        for number in range(1, COUNT + 1):
            name = f"pc{run}n{number}"
            _ip("netns", "add", name)
            self._stack.callback(_try_ip, "netns", "delete", name)
            _ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip("link", "set", name, "master", bridge, "up")
            within = ("netns", "exec", name, "ip")
            _ip(*within, "addr", "add", f"{net}.{number}/24", "dev", "eth0")
            _ip(*within, "link", "set", "eth0", "up")
            _ip(*within, "link", "set", "lo", "up")
            names.append(name)
        return [f"{net}.{number}" for number in range(1, COUNT + 1)], names


@contextmanager
def three_nodes(folder: Path, patterns: Sequence[str]):  # noqa: ANN201 - a context
    """Start three nodes that split these patterns."""
    folder.mkdir(parents=True, exist_ok=True)
    with Nodes(folder, patterns) as nodes:
        yield nodes


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)  # noqa: S607


def _try_ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=False, capture_output=True)  # noqa: S607


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        held = [stack.enter_context(closing(socket.socket())) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]


def _wait_for_session(address: BrokerAddress) -> None:
    """Wait until a node lets a client in: the nodes have met then, and chosen who leads."""
    from benchmarks.faults.surroundings.raw_publisher import connect_packet

    until_s = time.monotonic() + _READY_S
    while time.monotonic() < until_s:
        with suppress(OSError), socket.create_connection((address.host, address.port), 2) as one:
            one.settimeout(5)
            one.sendall(connect_packet("waiting"))
            answer = one.recv(4)
            if len(answer) == 4 and answer[3] == 0:
                return
        time.sleep(_POLL_S)
    raise TimeoutError(f"{address}: this node lets nobody in; do all three run?")
