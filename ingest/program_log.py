"""Log lines of a running program: one event a line as key=value on stderr."""

import sys

import structlog


def log_to_stderr() -> None:
    """Send what any part of the program logs to stderr, from now on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["at", "level", "event"]),
        ],
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )
