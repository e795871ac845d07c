"""Python's search for cycles, left off while something large is built that has none."""

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Params = ParamSpec("Params")
Built = TypeVar("Built")


def without_cycle_search(build: Callable[Params, Built]) -> Callable[Params, Built]:
    """Let a function build millions of objects that all stay, without a look at each now and then.

    That look is nearly half of the time that a plan of 10,000 grids takes. It goes on afterwards
    if it was on before, also after an error; a thread beside this one loses nothing but its looks.
    """

    @wraps(build)
    def building(*args: Params.args, **kwargs: Params.kwargs) -> Built:
        searched = gc.isenabled()
        gc.disable()
        try:
            return build(*args, **kwargs)
        finally:
            if searched:
                gc.enable()

    return building
