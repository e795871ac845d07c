"""Several nodes of the embedded broker that keep every message together, each on its own disk.

nats-server derives from the number of nodes it knows at the moment how many are to keep a message,
and stays with that: so it is told. A message is acknowledged when a majority has it.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from ingest.fault import SettingError

_SIZES = (3, 5)
_USER = "node"


@dataclass(frozen=True, slots=True)
class Cluster:
    """All nodes as each of them is told, and which of them this is."""

    nodes: tuple[tuple[str, int], ...]
    """Where each listens for the others: host and port."""
    number: int
    """Of this node, from 1."""
    secret: str = ""
    """By which nodes know each other; empty lets anyone in."""

    def __repr__(self) -> str:
        return f"Cluster({self.nodes!r}, {self.number})"

    @classmethod
    def parse(cls, text: str, number: int) -> Self:
        """Read ``HOST:PORT,HOST:PORT,HOST:PORT``, the same on all nodes.

        Raises
        ------
        SettingError
            If it is something else, or has no such node.
        """
        nodes = []
        for part in text.split(","):
            host, _, port = part.strip().rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise SettingError(
                    f"{part.strip()!r} is no node; write 10.0.0.1:6222,10.0.0.2:6222,10.0.0.3:6222"
                )
            nodes.append((host.strip("[]"), int(port)))
        if len(set(nodes)) != len(nodes) or len(nodes) not in _SIZES:
            raise SettingError(
                f"{text!r} has {len(set(nodes))} different nodes; a majority of 3 (or 5) keeps "
                "every message, so name 3 (or 5)"
            )
        if not 1 <= number <= len(nodes):
            raise SettingError(f"there is no node {number}; there are 1 to {len(nodes)}")
        return cls(tuple(nodes), number)

    def knowing(self, key_file: Path) -> Self:
        """Give the same with a secret that all have who have this private key.

        Raises
        ------
        SettingError
            If it cannot be read.
        """
        try:
            secret = hashlib.sha256(b"pingcheng nodes\0" + key_file.read_bytes()).hexdigest()
        except OSError as error:
            raise SettingError(f"{key_file}: it cannot be read ({error.strerror})") from error
        return replace(self, secret=secret)

    @property
    def name(self) -> str:
        """Of this node."""
        return node_name(self.number)

    @property
    def host(self) -> str:
        """Where this node listens for the others."""
        return self.nodes[self.number - 1][0]

    def lines(self) -> list[str]:
        """Write the block of nats-server's configuration."""
        user = f"{_USER}:{self.secret}@" if self.secret else ""
        lines = ["cluster {", '  name: "pingcheng"', f'  listen: "{_place(*self._own)}"']
        if self.secret:
            lines.append(
                f'  authorization {{ user: "{_USER}", password: "{self.secret}", timeout: 5 }}'
            )
        routes = [f'    "nats://{user}{_place(*each)}"' for each in self.nodes]
        return [*lines, "  routes: [", *routes, "  ]", "}"]

    @property
    def _own(self) -> tuple[str, int]:
        return self.nodes[self.number - 1]


def node_name(number: int) -> str:
    """Give the name by which a node goes among the others; the first has number 1."""
    return f"pingcheng-{number}"


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
