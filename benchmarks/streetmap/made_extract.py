"""An OpenStreetMap extract of any size, made up: streets on a chequerboard, and buildings."""

from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray
from osmium.osm.mutable import Node, Way

BLOCKS = 2
"""Blocks that a way runs along, so it is cut into as many sections."""
BENDS = 2
"""Nodes inside a block, so a way has seven."""
WAYS_OF_A_NAME = 4
BLOCK_DEG = 0.001
WEST_DEG, SOUTH_DEG = 110.0, 30.0
CLASSES = ("residential", "residential", "residential", "tertiary", "service", "primary")


def make_extract(path: Path, ways: int, streets: float) -> int:
    """Write a PBF of about so many ways, of which a share are streets and the others buildings.

    Returns
    -------
    int
        How many ways it has.
    """
    side = max(2, 2 * round((ways * streets) ** 0.5 / 2))
    places, lines = _places(side), _lines(side)
    corners = np.arange(1, 4 * (ways - len(lines)) + 1).reshape(-1, 4) + len(places)
    places = np.concatenate([places, _yards(len(corners))])
    with osmium.SimpleWriter(path, overwrite=True) as writer:
        for number, (longitude, latitude) in enumerate(places.tolist(), start=1):
            tags = {"place": "village", "name": f"{number}号村"} if number % 997 == 0 else {}
            writer.add_node(Node(id=number, version=3, location=(longitude, latitude), tags=tags))
        for number, nodes in enumerate(lines.tolist(), start=1):
            writer.add_way(Way(id=number, version=3, nodes=nodes, tags=_tags(number)))
        for number, nodes in enumerate(corners.tolist(), start=len(lines) + 1):
            ring = [*nodes, nodes[0]]
            writer.add_way(Way(id=number, version=3, nodes=ring, tags={"building": "yes"}))
    return len(lines) + len(corners)


def _places(side: int) -> NDArray[np.float64]:
    """Place the corners of all blocks, then the bends of streets to the east, then to the north."""
    count = side + 1
    corners = np.stack(np.divmod(np.arange(count**2), count)[::-1], axis=1).astype(float)
    at = np.arange(1, BENDS + 1) / (BENDS + 1)
    begins = np.repeat(corners, BENDS, axis=0)
    along, aside = np.tile(at, len(corners)), np.tile(0.1 * np.sin(np.pi * at), len(corners))
    east = begins + np.stack([along, aside], axis=1)
    north = begins + np.stack([aside, along], axis=1)
    blocks = np.concatenate([corners, east, north])
    return np.array([WEST_DEG, SOUTH_DEG]) + blocks * BLOCK_DEG


def _yards(count: int) -> NDArray[np.float64]:
    """Place the four corners of each building, all south of the streets."""
    row, column = np.divmod(np.arange(count), 1000)
    square = np.array([[0, 0], [0.4, 0], [0.4, 0.4], [0, 0.4]])
    at = np.stack([column, -1 - row], axis=1)[:, None] + square
    return np.array([WEST_DEG, SOUTH_DEG]) + at.reshape(-1, 2) * BLOCK_DEG


def _lines(side: int) -> NDArray[np.int64]:
    """List the nodes of each way: those to the east, row by row, then those to the north."""
    count = side + 1
    along, across = np.meshgrid(np.arange(0, side, BLOCKS), np.arange(side))
    ways = []
    for first, step, row in ((0, 1, count), (1, count, 1)):
        nodes = []
        for block in range(BLOCKS + 1):
            corner = across.ravel() * row + (along.ravel() + block) * step
            bends = count**2 * (1 + BENDS * first) + corner * BENDS
            nodes += [corner, *(bends + bend for bend in range(BENDS))]
        ways.append(np.stack(nodes[:-BENDS], axis=1))
    return np.concatenate(ways) + 1


def _tags(number: int) -> dict[str, str]:
    street = number // WAYS_OF_A_NAME
    tags = {"highway": CLASSES[street % len(CLASSES)], "surface": "asphalt"}
    if street % 3:
        tags["name"] = f"第{street}大街"
        tags["name:en"] = f"{street}th Street"
    if street % 5 == 0:
        tags["oneway"] = "yes"
    if street % 7 == 0:
        tags |= {"lanes": "2", "maxspeed": "40"}
    return tags
