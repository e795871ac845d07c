"""Finds dialects by name among the entry points of what is installed."""

from importlib.metadata import EntryPoint, entry_points

from ingest.decoding.dialects.dialect import Dialect
from ingest.decoding.dialects.native import Native
from ingest.fault import SettingError

GROUP = "pingcheng.dialects"
"""Entry points of this group name subclasses of `Dialect`."""
NATIVE = "native"


def load_dialect(name: str) -> Dialect:
    """Make the dialect of a name.

    Raises
    ------
    SettingError
        If there is no such dialect, two, or one that cannot be loaded.
    """
    if name == NATIVE:  # spares the usual start a search through what is installed
        return Native()
    points = entry_points(group=GROUP)
    found = [point for point in points if point.name == name]
    if not found:
        known = ", ".join(sorted({point.name for point in points} | {NATIVE}))
        raise SettingError(f"there is no dialect {name!r}; there are {known}")
    if len({point.value for point in found}) > 1:
        places = " and ".join(sorted(f"{point.value} of {_origin(point)}" for point in found))
        raise SettingError(f"the dialect {name!r} is offered twice, by {places}; uninstall one")
    try:
        kind = found[0].load()
        dialect = kind()
    except Exception as error:
        raise SettingError(
            f"the dialect {name!r} ({found[0].value} of {_origin(found[0])}) cannot be loaded: "
            f"{type(error).__name__}: {error}"
        ) from error
    if not isinstance(dialect, Dialect):
        raise SettingError(
            f"the dialect {name!r} ({found[0].value} of {_origin(found[0])}) is no subclass of "
            "ingest.decoding.dialects.dialect.Dialect"
        )
    return dialect


def name_of(dialect: Dialect) -> str:
    """Give the name under which a dialect is offered; that of its class if under none."""
    kind = type(dialect)
    value = f"{kind.__module__}:{kind.__qualname__}"
    found = sorted(each.name for each in entry_points(group=GROUP) if each.value == value)
    return found[0] if found else NATIVE if kind is Native else kind.__name__


def _origin(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unknown package"
