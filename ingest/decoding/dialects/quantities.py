"""Numbers of foreign dialects → the units of the native one.

What is no number comes back as it is: the judge of all dialects knows the code for it.
"""

import math

from ingest.decoding.diagnosis import Refused
from ingest.decoding.rejection import RejectionCode

KNOT_MPS = 1852 / 3600
KMH_MPS = 1 / 3.6


def is_number(value: object) -> bool:
    """Tell whether JSON had a number there; a truth value is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def scaled(value: object, factor: float) -> object:
    """Multiply a number."""
    return value * factor if is_number(value) else value  # type: ignore[operator]


def heading(value: object) -> object:
    """Take 360° for north too: some receivers write it."""
    return 0 if is_number(value) and value == 360 else value


def milliseconds(key: str, seconds: object) -> object:
    """Turn epoch seconds into whole milliseconds, floored.

    Raises
    ------
    Refused
        If a text stands there, which the native dialect would read as RFC 3339.
    """
    if isinstance(seconds, str):
        raise Refused(RejectionCode.WRONG_TYPE, key, seconds)
    if not is_number(seconds) or not math.isfinite(seconds):  # type: ignore[arg-type]
        return seconds
    if isinstance(seconds, int):
        return seconds * 1000
    milliseconds = seconds * 1000  # type: ignore[operator]
    # 1506956075.123 s is stored a little below itself; floats of this size are 0.0002 ms apart
    return math.floor(milliseconds + 0.001) if math.isfinite(milliseconds) else milliseconds
