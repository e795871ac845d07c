"""The networks that benchmarks run on, by name."""

from importlib.resources import as_file, files
from pathlib import Path

from benchmarks.networks.osm_town import osm_town
from geofence.plan.plan import Plan
from geofence.plan.reader import read_plan

NETWORKS = ("schematic", "random", "osm")
OSM_EXTRACT = Path(__file__).parents[3] / "shared/data/osm/campo-grande.osm.gz"
"""Where the real extract lies beside a checkout."""


def plan_of(name: str, seed: int, osm_extract: Path = OSM_EXTRACT) -> Plan:
    """Give a plan on the network called `name`.

    Raises
    ------
    FileNotFoundError
        If the OSM extract is not there.
    """
    if name == "random":
        from benchmarks.networks.random_city import random_city

        return random_city(seed)
    if name == "osm":
        if not osm_extract.exists():
            raise FileNotFoundError(f"{osm_extract}: no such file; name an extract with --osm")
        return osm_town(osm_extract)
    with as_file(files("geofence") / "sample") as sample:
        return read_plan(sample / "plan.toml")
