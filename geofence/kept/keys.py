"""What an observation is made of, as one short name: the same name, the same observation.

A name is a hash over all that `geofence.seen.observe.look` reads: the fixes to their last bit, the
network, the rules that matching asks for, the code, the libraries that it computes with and the
kind of processor, as two kinds may differ in a last digit.
"""

import platform
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from typing import Any

import llvmlite.binding
import numpy as np

from geofence.kernels import code_version
from geofence.matching.settings import MatchSettings
from geofence.network.network import Network
from geofence.plan.plan import ServiceRules
from geofence.plan.work import Work
from geofence.seen.observe import VehicleFixes

RULES_READ = (
    "gap_s",
    "outlier_speed_mps",
    "prism_service_kmh",
    "prism_travel_mps",
    "service_speed_kmh",
)
"""The rules that an observation depends on; windows, margins and the like are for judges."""
_FORMAT = 1
"""Of the files of a store; another one makes other names."""
_LIBRARIES = ("numpy", "pandas", "pyproj", "shapely")


def circumstances(
    network: Network, rules: ServiceRules, work: Work, settings: MatchSettings | None = None
) -> bytes:
    """Hash all that the observations of a fleet share."""
    made_of = _Hash()
    made_of.add(_made_with())
    made_of.add(network)
    made_of.add({name: getattr(rules, name) for name in RULES_READ})
    made_of.add(work)
    made_of.add(settings or MatchSettings())
    return made_of.digest()


def key_of(shared: bytes, one: VehicleFixes) -> str:
    """Name what is seen of one vehicle, whatever its id."""
    made_of = _Hash()
    made_of.add(shared)
    made_of.add(one.fixes)
    made_of.add(one.skewed)
    return made_of.digest().hex()


@cache
def _made_with() -> str:
    cpu = f"{platform.machine()} {llvmlite.binding.get_host_cpu_name()}"
    libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
    return "\n".join([f"format {_FORMAT}", code_version(), cpu, *libraries])


class _Hash:
    """A hash over values of any shape, each with its kind and length before it."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=20)

    def digest(self) -> bytes:
        return self._hash.digest()

    def add(self, value: Any) -> None:  # noqa: ANN401 - of any shape
        if isinstance(value, np.ndarray):
            self._put(f"{value.dtype.str}{value.shape}", np.ascontiguousarray(value).data)
        elif is_dataclass(value):
            self.add({each.name: getattr(value, each.name) for each in fields(value)})
        elif isinstance(value, Mapping):
            self._put("mapping", str(len(value)).encode())
            for name, part in value.items():
                self.add(name)
                self.add(part)
        elif isinstance(value, bytes):
            self._put("bytes", value)
        elif isinstance(value, tuple) and any(map(_is_deep, value)):
            self._put("tuple", str(len(value)).encode())
            for part in value:
                self.add(part)
        else:
            self._put(type(value).__name__, repr(value).encode())

    def _put(self, kind: str, content: bytes | memoryview) -> None:
        length = content.nbytes if isinstance(content, memoryview) else len(content)
        self._hash.update(f"{kind} {length}\n".encode())
        self._hash.update(content)


def _is_deep(value: object) -> bool:
    return is_dataclass(value) or isinstance(value, np.ndarray | Mapping | tuple)
