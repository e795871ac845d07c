"""Arrays that grow inside a compiled kernel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geofence.kernels import kernel


@kernel
def grown(values: NDArray[Any], room: int) -> NDArray[Any]:
    """Copy `values` to the front of a larger array of length `room`."""
    larger = np.empty(room, dtype=values.dtype)
    larger[: len(values)] = values
    return larger
