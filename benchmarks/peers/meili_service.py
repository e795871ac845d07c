"""Meili as a child process, in the environment that has pyvalhalla; it imports nothing else.

    python meili_service.py build FOLDER    # network.osm -> tiles, valhalla.json
    python meili_service.py match FOLDER    # request.json -> answer.json

A request holds ``traces`` (lists of ``{"lon", "lat", "time"}``), the ``options`` of a trace and how
many ``runs`` to time. The answer holds ``seconds``, the least of the runs after one to warm up, and
for each trace what ``trace_attributes`` said, or null where it found nothing. Timed: the calls with
ready JSON text, and the JSON text they return. Not timed: reading and writing JSON on this side.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

from valhalla import Actor, get_config
from valhalla._scripts import PYVALHALLA_BIN_DIR

ATTRIBUTES = [
    "edge.way_id", "edge.begin_osm_node_id",
    "matched.type", "matched.edge_index", "matched.distance_along_edge",
    "matched.begin_route_discontinuity", "matched.end_route_discontinuity",
]  # fmt: skip
NO_MATCH = {171, 172, 442, 443, 444, 445}
"""Valhalla's codes for a trace that cannot be placed or joined."""
UNLIMITED = 1e9


def build(folder: Path) -> None:
    """Make routing tiles of an OSM file."""
    tiles = folder / "tiles"
    tiles.mkdir()
    config = get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
    config["mjolnir"]["concurrency"] = 1
    config["mjolnir"]["keep_osm_node_ids"] = True
    limits = config["service_limits"]
    limits["trace"].update(
        max_distance=UNLIMITED, max_shape=1_000_000, max_gps_accuracy=1000.0,
        max_search_radius=1000.0,
    )  # fmt: skip
    config["meili"]["default"]["max_search_radius"] = 1000
    (folder / "valhalla.json").write_text(json.dumps(config))
    program = PYVALHALLA_BIN_DIR / "valhalla_build_tiles"
    subprocess.run(
        [program, "-c", folder / "valhalla.json", folder / "network.osm"], check=True, stdout=2
    )


def match(folder: Path) -> None:
    """Match the traces of a request."""
    request = json.loads((folder / "request.json").read_text())
    config = json.loads((folder / "valhalla.json").read_text())
    actor = Actor(config)
    texts = [
        json.dumps({
            "shape": trace,
            "costing": "auto",
            "shape_match": "map_snap",
            "trace_options": request["options"],
            "filters": {"attributes": ATTRIBUTES, "action": "include"},
        })
        for trace in request["traces"]
    ]  # fmt: skip
    answers = [_ask(actor, text) for text in texts]
    least_s = float("inf")
    for _ in range(request["runs"]):
        begun = time.perf_counter()
        answers = [_ask(actor, text) for text in texts]
        least_s = min(least_s, time.perf_counter() - begun)
    found = [answer and json.loads(answer) for answer in answers]
    (folder / "answer.json").write_text(json.dumps({"seconds": least_s, "traces": found}))


def _ask(actor: Actor, text: str) -> str | None:
    try:
        return actor.trace_attributes(text)
    except RuntimeError as error:
        if getattr(error, "code", None) in NO_MATCH:
            return None
        raise


if __name__ == "__main__":
    {"build": build, "match": match}[sys.argv[1]](Path(sys.argv[2]))
