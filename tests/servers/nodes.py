"""Three nodes of the embedded broker on this machine, each a process that can be killed.

::

    with three_nodes(folder, split=["fleet/{vehicle_id}/ping"]) as nodes:
        nodes[0].kill()
        nodes[0].start()
"""

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from ingest.broker.address import BrokerAddress
from ingest.broker.broker import Broker
from ingest.broker.cluster import Cluster

HOST = "127.0.0.1"


@contextmanager
def three_nodes(
    folder: Path, split: Sequence[str] = (), **options: object
) -> Iterator[list[Broker]]:
    """Start three; what each keeps is in a folder of its own in `folder`."""
    places = ",".join(f"{HOST}:{port}" for port in free_ports(3))
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                Broker(
                    store=folder / f"node-{number}",
                    split=split,
                    cluster=Cluster.parse(places, number),
                    **options,  # type: ignore[arg-type]
                )
            )
            for number in (1, 2, 3)
        ]


def address_of(nodes: Sequence[Broker]) -> BrokerAddress:
    """Name all of them."""
    first, *others = [node.address for node in nodes]
    return replace(first, others=tuple(others))


def free_ports(count: int) -> list[int]:
    """Give ports that are free just now."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in held]
