import re
from contextlib import suppress
from pathlib import Path

import pytest
import structlog

from ingest.program_log import log_to_stderr


@pytest.fixture
def log():
    before = structlog.get_config()
    log_to_stderr()
    yield structlog.get_logger("ingest")
    structlog.configure(**before)


def test_an_event_is_one_line_on_stderr_and_nothing_on_stdout(log, capsys):
    log.info("committed", pings=12, vehicle_id="晋BQ0384")
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(
        r"at=\S+Z level=info event=committed pings=12 vehicle_id=晋BQ0384\n", told.err
    )


def test_the_time_of_an_event_is_told_in_utc(log, capsys):
    log.info("committed")
    assert re.match(r"at=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z ", capsys.readouterr().err)


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical"])
def test_every_level_is_told_and_named(log, capsys, level):
    getattr(log, level)("lost")
    assert f" level={level} " in capsys.readouterr().err


def test_a_value_of_several_lines_or_words_stays_one_value_on_one_line(log, capsys):
    log.error("lost", error='it said "no"\nand went', code=7)
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.endswith(r' event=lost error="it said \"no\"\nand went" code=7' + "\n")


def test_loggers_made_before_follow_too(capsys):
    before = structlog.get_config()
    early = structlog.get_logger("early")
    try:
        log_to_stderr()
        early.warning("connected")
    finally:
        structlog.configure(**before)
    assert "level=warning event=connected" in capsys.readouterr().err


def test_an_exception_is_told_with_its_message_and_the_line_that_raised_it(log, capsys):
    try:
        int("坏包")
    except ValueError:
        log.exception("the connection failed", broker="mqtt://127.0.0.1:1883")
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "ValueError" in told
    assert "坏包" in told
    assert "test_program_log.py" in told


def test_a_terminal_that_was_closed_is_no_error(log, monkeypatch):
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stderr", full)
        log.info("committed")
        monkeypatch.undo()
        with suppress(OSError):
            full.close()  # writes what is left
