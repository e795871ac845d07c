import heapq

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geofence.matching.heap import pop_node, push_node

# few distances, so that many nodes are equally far
nodes = st.tuples(st.sampled_from([0.0, 1.5, 2.0, 40.0, np.inf]), st.integers(0, 9))


class Heap:
    """The compiled heap, used like `heapq`."""

    def __init__(self, room):
        self.distance, self.node, self.size = np.empty(room), np.empty(room, dtype=np.int32), 0

    def push(self, distance, node):
        self.size = push_node(self.distance, self.node, self.size, distance, node)

    def pop(self):
        first = (float(self.distance[0]), int(self.node[0]))
        self.size = pop_node(self.distance, self.node, self.size)
        return first


@settings(deadline=None, max_examples=60)
@given(pushed=st.lists(nodes, max_size=40))
def test_nodes_come_off_by_distance_and_equally_far_ones_by_id(pushed):
    heap = Heap(len(pushed))
    for each in pushed:
        heap.push(*each)
    assert [heap.pop() for _ in pushed] == sorted(pushed)
    assert heap.size == 0


@settings(deadline=None, max_examples=60)
@given(orders=st.lists(nodes | st.none(), max_size=60))
def test_nodes_put_on_between_others_taken_off_find_their_place(orders):
    heap, plain = Heap(len(orders)), []
    for each in orders:
        if each is not None:
            heap.push(*each)
            heapq.heappush(plain, each)
        elif plain:
            assert heap.pop() == heapq.heappop(plain)
        assert heap.size == len(plain)
