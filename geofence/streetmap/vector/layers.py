"""What a file holds: its layers, and the features of the one with lines."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.streetmap.fault import StreetMapError, meant
from geofence.streetmap.vector.text_encoding import LATIN_1

Objects = NDArray[np.object_]

_SHOWN = 10
"""Layers that an error names."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """The features of a layer, as they stand in the file."""

    layer: str
    numbers: NDArray[np.int64]
    """What the file itself calls each feature, or their order where it calls several the same."""
    shapes: Objects
    """Geometries without height; None where there is none."""
    fields: tuple[str, ...]
    columns: tuple[Objects, ...]
    system: str | None
    """Its reference system; None if the file does not say."""


def read_layer(path: Path, shown: Path, drivers: tuple[str, ...], layer: str | None) -> Features:
    """Read the layer with lines.

    Parameters
    ----------
    path, shown
        The file to read, and what an error calls it.
    drivers
        Those that may read it.
    layer
        The layer that somebody named; without one there must be a single layer with lines.

    Raises
    ------
    StreetMapError
        If the file cannot be read, or which layer is meant is not clear.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

    is_shapefile = drivers == ("ESRI Shapefile",)
    encoding = LATIN_1 if is_shapefile else None
    source = f"GEOJSON:{path}" if drivers == ("GeoJSON",) else str(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layers = {
                str(name): str(kind) if kind else "" for name, kind in pyogrio.list_layers(source)
            }
            if not layers:
                raise StreetMapError(
                    f"{shown}: it cannot be read (it has no layer); export the lines again, best "
                    "as GeoPackage (.gpkg)"
                )
            used, told_count = _driver(source, next(iter(layers)))
            if used not in drivers:
                raise StreetMapError(
                    f"{shown}: it is read as {used}, which is not done; export the lines as "
                    "GeoPackage (.gpkg)"
                )
            name = next(iter(layers)) if is_shapefile else _chosen(shown, source, layers, layer)
            meta, numbers, wkb, columns = pyogrio.raw.read(
                source, layer=name, encoding=encoding, force_2d=True, return_fids=True,
                datetime_as_string=True,
            )  # fmt: skip
    except StreetMapError:
        raise
    except UnboundLocalError as error:
        # what pyogrio 0.13 makes of a system that GDAL cannot write
        raise StreetMapError(
            f"{shown}: its reference system is broken (of a Shapefile the .prj); take it away and "
            "name the system with --crs"
        ) from error
    except (DataLayerError, DataSourceError, FeatureError, GeometryError, ValueError) as error:
        told = str(error).replace(source, "").replace(str(path), "")
        told = told.rpartition(" failed: ")[2].strip(" '\":;")
        raise StreetMapError(
            f"{shown}: it cannot be read ({told}); export the lines again, best as GeoPackage "
            "(.gpkg)"
        ) from error
    if used == "FlatGeobuf" and len(numbers) < told_count:
        # one that was cut between two features is read to its end without an error
        raise StreetMapError(
            f"{shown}: it ends early, with {len(numbers)} of the {told_count} features that its "
            "header tells; copy it again, or export it again"
        )
    shapes = (
        np.full(len(numbers), None, dtype=object)
        if wkb is None
        else np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    )
    order = np.asarray(numbers, dtype=np.int64)
    if len(np.unique(order)) < len(order):
        # a KML put together from several repeats them
        order = np.arange(1, len(order) + 1)
    return Features(
        name,
        order,
        shapes,
        tuple(str(field) for field in meta["fields"]),
        tuple(np.asarray(column, dtype=object) for column in columns),
        meta["crs"] or None,
    )


def _driver(source: str, layer: str) -> tuple[str, int]:
    """Give what reads a file, and how many features the file says to have; -1 if it does not."""
    import pyogrio

    info: dict[str, Any] = pyogrio.read_info(source, layer=layer, encoding=LATIN_1)
    return str(info["driver"]), int(info["features"])


def _chosen(shown: Path, source: str, layers: dict[str, str], layer: str | None) -> str:
    if layer is not None:
        if layer in layers:
            return layer
        raise StreetMapError(
            f"{shown}: there is no layer {layer}{meant(layer, layers)}; it has "
            f"{_listed(list(layers))}"
        )
    lines = [name for name, kind in layers.items() if "Line" in kind or "Curve" in kind]
    # what does not say what it holds is looked into
    lines += [
        name
        for name, kind in layers.items()
        if kind.split(" ")[0] in ("Unknown", "GeometryCollection") and _has_lines(source, name)
    ]
    if len(lines) > 1:
        raise StreetMapError(
            f"{shown}: {len(lines)} layers have lines, {_listed(lines)}; choose one with --layer"
        )
    return lines[0] if lines else next(iter(layers))


def _has_lines(source: str, layer: str) -> bool:
    import pyogrio

    _, _, wkb, _ = pyogrio.raw.read(source, layer=layer, columns=[], force_2d=True)
    kinds = shapely.get_type_id(shapely.from_wkb(wkb, on_invalid="ignore"))
    return bool(np.isin(kinds, (1, 5, 7)).any())


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
