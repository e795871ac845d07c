"""What the bench is doing, told on stderr."""

import sys
import time

_BEGAN_S = time.monotonic()


def tell(line: str) -> None:
    """Say what has been done so far."""
    print(f"{time.monotonic() - _BEGAN_S:7.1f} s  {line}", file=sys.stderr, flush=True)
