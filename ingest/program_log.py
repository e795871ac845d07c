"""Log lines of a running program: one event a line as key=value on stderr."""

import sys
from contextlib import suppress

import structlog
from structlog.typing import EventDict

from ingest.plain_text import plain


def _plain_values(_: object, __: str, event: EventDict) -> EventDict:
    """Let nothing that comes from outside end a line or command the terminal that shows it."""
    return {
        name: plain(value if isinstance(value, str) else str(value), keep="\n")
        if not isinstance(value, bool | int | float | None)
        else value
        for name, value in event.items()
    }


class _Stderr:
    """Standard error as it is now; whether anybody can still read it is no matter of a program."""

    def write(self, text: str) -> None:
        with suppress(OSError):  # of a terminal that was closed, or a pipe
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def log_to_stderr() -> None:
    """Send what any part of the program logs to stderr, from now on."""
    stderr = _Stderr()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            _plain_values,
            structlog.processors.LogfmtRenderer(key_order=["at", "level", "event"]),
        ],
        logger_factory=lambda *_: structlog.WriteLogger(stderr),  # type: ignore[arg-type]
    )
