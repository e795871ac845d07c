import asyncio
import threading
from contextlib import asynccontextmanager

import pytest
from fastapi import HTTPException

from analytics.dashboard.routes.work import Budget, Wanted, Work, while_connected

LONG_S = 60.0


@asynccontextmanager
async def working(budget):
    """Work, and a gate before which it waits."""
    gate, work = threading.Event(), Work("test", budget)
    try:
        yield work, gate
    finally:
        gate.set()
        work.close()


def run(test):
    asyncio.run(asyncio.wait_for(test, LONG_S))


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


def waiting(gate, told=None, name=None):
    def work(_):
        if told is not None:
            told.append(name)
        gate.wait(LONG_S)
        return name

    return work


def test_what_is_done_is_given_and_what_fails_fails():
    async def test():
        async with working(Budget(1, line=1, threads_each=1, line_each=1)) as (work, _):
            assert await work.do("a", lambda _: 7) == 7
            with pytest.raises(ZeroDivisionError):
                await work.do("a", lambda _: 1 / 0)
            assert (work.under_way, work.in_line) == (0, 0)

    run(test())


def test_one_key_never_takes_all_threads_and_keys_take_turns():
    async def test():
        begun = []
        async with working(Budget(2, line=9, threads_each=1, line_each=9)) as (work, gate):
            greedy = [
                asyncio.ensure_future(work.do("greedy", waiting(gate, begun, f"g{number}")))
                for number in range(4)
            ]
            await until(lambda: begun == ["g0"] and work.in_line == 3)
            assert await work.do("other", lambda _: "at once") == "at once"
            others = [
                asyncio.ensure_future(work.do("other", waiting(gate, begun, f"o{number}")))
                for number in range(2)
            ]
            await until(lambda: begun == ["g0", "o0"])
            gate.set()
            await asyncio.gather(*greedy, *others)
        assert begun.index("o1") < begun.index("g3")

    run(test())


def test_a_key_with_too_much_in_line_is_refused_and_so_is_everybody_where_all_have():
    async def test():
        async with working(Budget(1, line=3, threads_each=1, line_each=2)) as (work, gate):
            asked = [asyncio.ensure_future(work.do("a", waiting(gate))) for _ in range(3)]
            await until(lambda: work.in_line == 2)
            with pytest.raises(HTTPException) as refused:
                await work.do("a", lambda _: 0)
            assert refused.value.status_code == 429
            asked.append(asyncio.ensure_future(work.do("b", lambda _: 0)))
            await until(lambda: work.in_line == 3)
            with pytest.raises(HTTPException) as refused:
                await work.do("c", lambda _: 0)
            assert (refused.value.status_code, refused.value.headers) == (503, {"Retry-After": "2"})
            gate.set()
            await asyncio.gather(*asked)

    run(test())


def test_nobody_stays_in_line_for_ever():
    async def test():
        budget = Budget(1, line=3, threads_each=1, line_each=2, line_s=0.01)
        async with working(budget) as (work, gate):
            first = asyncio.ensure_future(work.do("a", waiting(gate, name="first")))
            await until(lambda: work.under_way == 1)
            with pytest.raises(HTTPException) as refused:
                await work.do("a", lambda _: 0)
            assert (refused.value.status_code, work.in_line) == (503, 0)
            gate.set()
            assert await first == "first"

    run(test())


def test_what_nobody_waits_for_is_not_begun_and_what_is_under_way_is_told():
    async def test():
        begun, told = [], []
        async with working(Budget(1, line=9, threads_each=1, line_each=9)) as (work, gate):

            def first(wanted):
                begun.append("first")
                gate.wait(LONG_S)
                told.append(wanted())

            asked = [asyncio.ensure_future(work.do("a", first))]
            asked += [asyncio.ensure_future(work.do("a", waiting(gate, begun))) for _ in range(3)]
            await until(lambda: begun == ["first"] and work.in_line == 3)
            for each in asked:
                each.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
            assert (work.in_line, work.under_way) == (0, 1)  # its thread is still taken
            gate.set()
            await until(lambda: work.under_way == 0)
        assert (begun, told) == (["first"], [False])

    run(test())


class Reader:
    """Stands for a request whose reader leaves when told."""

    def __init__(self):
        self.left = asyncio.Event()

    async def receive(self):
        await self.left.wait()
        return {"type": "http.disconnect"}


def test_an_answer_is_waited_for_as_long_as_its_reader_does():
    async def test():
        reader = Reader()
        done = asyncio.get_running_loop().create_future()
        done.set_result(5)
        assert await while_connected(reader, done) == 5
        never = asyncio.get_running_loop().create_future()
        reader.left.set()
        with pytest.raises(HTTPException) as left:
            await while_connected(reader, never)
        assert (left.value.status_code, never.cancelled()) == (499, True)

    run(test())


def test_what_is_dropped_is_wanted_no_more():
    wanted = Wanted()
    assert wanted()
    wanted.drop()
    assert not wanted()
