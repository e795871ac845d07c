"""Python's search for cycles, left off while something large is built that has none."""

import gc
import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Params = ParamSpec("Params")
Built = TypeVar("Built")


def without_cycle_search(build: Callable[Params, Built]) -> Callable[Params, Built]:
    """Let a function build millions of objects that all stay, without a look at each now and then.

    That look is nearly half of the time that a plan of 10,000 grids takes. It goes on afterwards
    if it was on before, also after an error, once the last of those is done that build within each
    other or on several threads; a thread beside them loses nothing but its looks.
    """

    @wraps(build)
    def building(*args: Params.args, **kwargs: Params.kwargs) -> Built:
        with _SEARCH:
            return build(*args, **kwargs)

    return building


class _Search:
    """Is off while anybody builds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._builders, self._was_on = 0, False

    def __enter__(self) -> None:
        with self._lock:
            if self._builders == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._builders += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._builders -= 1
            if self._builders == 0 and self._was_on:
                gc.enable()


_SEARCH = _Search()
