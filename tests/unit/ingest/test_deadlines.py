import threading

import pytest

from ingest.deadlines import Deadlines, SilentServerError, heard
from ingest.fault import LogError
from ingest.log.pinglog import open_log
from tests.servers.postgres import need_postgres, postgres

SOON = Deadlines(silence_s=0.3, lock_s=0.2, statement_s=0.3)
PATIENCE_S = 60
COUNT_FOR_EVER = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
)


def ask(log, statement="SELECT 1"):
    with log.transaction(write=False) as connection:
        return connection.exec_driver_sql(statement).scalar()


def test_a_conversation_goes_on_as_long_as_something_is_heard():
    def conversation():
        first = yield "read"
        second = yield "write"
        return first, second

    talk = heard(conversation(), silence_s=60.0)
    assert [next(talk), talk.send(1)] == ["read", "write"]
    with pytest.raises(StopIteration) as end:
        talk.send(2)
    assert end.value.value == (1, 2)


def test_a_conversation_in_which_nothing_is_heard_ends():
    def conversation():
        while True:
            yield "read"

    talk = heard(conversation(), silence_s=-1.0)
    next(talk)
    assert talk.send(1) == "read"
    with pytest.raises(SilentServerError, match="said nothing"):
        talk.send(0)


def test_a_statement_without_end_is_ended_and_the_next_is_answered(database_url):
    with open_log(database_url, deadlines=SOON) as log:
        with pytest.raises(LogError):
            ask(log, COUNT_FOR_EVER)
        assert ask(log) == 1


def test_a_table_that_somebody_locks_is_not_waited_for(postgres_server):
    url = postgres_server.new_database()
    with open_log(url) as owner, open_log(url, deadlines=SOON) as log:
        with owner.transaction(write=True) as connection:
            connection.exec_driver_sql("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(LogError, match="lock timeout"):
                ask(log, "SELECT count(*) FROM users")
        assert ask(log, "SELECT count(*) FROM users") == 0


def test_a_server_that_is_halted_is_given_up_and_found_again():
    need_postgres()
    with postgres() as server, open_log(server.new_database(), deadlines=SOON) as log:
        assert ask(log) == 1
        server.pause()
        told = []

        def try_it():
            with pytest.raises(LogError) as error:
                ask(log)
            told.append(str(error.value))

        waiting = threading.Thread(target=try_it, daemon=True)
        waiting.start()
        waiting.join(PATIENCE_S)
        server.resume()
        assert len(told) == 1, "it waits for ever"
        assert ask(log) == 1
