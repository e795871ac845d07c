"""How long a database may keep a reader waiting before it counts as away.

A server that is halted, or a network that swallows all, keeps its connections open: nothing ends
the wait but a deadline of ours. One that only takes too long, or waits for a lock, is told its own.
"""

import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.rows import TupleRow

_UNTIL = "pingcheng_until_s"
_SQLITE_STEPS = 100_000
"""So many of its instructions, some milliseconds, are between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long a statement may take."""

    silence_s: float = 10.0
    """Without a byte from PostgreSQL."""
    lock_s: float = 5.0
    """Waiting for a lock of PostgreSQL."""
    statement_s: float = 60.0
    """Altogether, also of SQLite."""


class SilentServerError(psycopg.OperationalError):
    """A server that keeps a connection open and says nothing."""


class PromptConnection(psycopg.Connection[TupleRow]):
    """A connection that is given up when its server is silent."""

    silence_s = Deadlines().silence_s

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as it is there
        """Wait for the server, but not for ever."""
        try:
            return super().wait(heard(gen, self.silence_s), *args, **kwargs)
        except SilentServerError:
            self.close()  # it is in the midst of an answer
            raise


def heard(conversation: Generator[Any, Any, Any], silence_s: float) -> Generator[Any, Any, Any]:
    """Hold a conversation of psycopg as long as something is heard."""
    heard_s = time.monotonic()
    try:
        wanted = next(conversation)
        while True:
            is_ready = yield wanted
            now_s = time.monotonic()
            if is_ready:
                heard_s = now_s
            elif now_s - heard_s > silence_s:
                raise SilentServerError(f"the server has said nothing for {silence_s:g} s")
            wanted = conversation.send(is_ready)
    except StopIteration as end:
        return end.value


def set_deadlines(engine: sa.Engine, deadlines: Deadlines) -> None:
    """Have an engine that has no connections yet keep deadlines."""
    if engine.dialect.name == "sqlite":
        _bound_sqlite(engine, deadlines)
    else:
        _bound_postgres(engine, deadlines)


def _bound_postgres(engine: sa.Engine, deadlines: Deadlines) -> None:
    @sa.event.listens_for(engine, "do_connect")
    def connect(_: Any, __: Any, words: Any, options: Any) -> PromptConnection:  # noqa: ANN401
        connection = PromptConnection.connect(*words, **options)
        connection.silence_s = deadlines.silence_s
        return connection

    @sa.event.listens_for(engine, "connect")
    def tell(connection: PromptConnection, _: object) -> None:
        for name, value_s in (
            ("lock_timeout", deadlines.lock_s),
            ("statement_timeout", deadlines.statement_s),
            # so that it ends what nobody waits for any more
            ("client_connection_check_interval", deadlines.silence_s),
        ):
            connection.execute(  # an older server does not know the last
                "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s",
                (f"{round(value_s * 1000)}ms", name),
            )
        connection.commit()


def _bound_sqlite(engine: sa.Engine, deadlines: Deadlines) -> None:
    @sa.event.listens_for(engine, "connect")
    def watch(connection: Any, record: sa.pool.ConnectionPoolEntry) -> None:  # noqa: ANN401
        def is_over() -> bool:
            return bool(time.monotonic() > record.info.get(_UNTIL, float("inf")))

        connection.set_progress_handler(is_over, _SQLITE_STEPS)

    @sa.event.listens_for(engine, "before_cursor_execute")
    def begin(connection: sa.Connection, *_: object) -> None:
        connection.info[_UNTIL] = time.monotonic() + deadlines.statement_s
