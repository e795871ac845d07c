"""A binary heap of nodes in order of distance, then of id, for compiled shortest-path searches."""

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


@kernel
def push_node(heap_m: Floats, heap_node: Indices, size: int, distance: float, node: int) -> int:
    """Put a node on a heap of `size` nodes; give the new size."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if (heap_m[parent], heap_node[parent]) <= (distance, node):
            break
        heap_m[at] = heap_m[parent]
        heap_node[at] = heap_node[parent]
        at = parent
    heap_m[at] = distance
    heap_node[at] = node
    return size + 1


@kernel
def pop_node(heap_m: Floats, heap_node: Indices, size: int) -> int:
    """Take the first node off a heap of `size` nodes; give the new size."""
    size -= 1
    distance = heap_m[size]
    node = heap_node[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and (heap_m[child + 1], heap_node[child + 1]) < (
            heap_m[child],
            heap_node[child],
        ):
            child += 1
        if (distance, node) <= (heap_m[child], heap_node[child]):
            break
        heap_m[at] = heap_m[child]
        heap_node[at] = heap_node[child]
        at = child
    heap_m[at] = distance
    heap_node[at] = node
    return size
