"""How long refusals and the audit log are kept: what `nightly` deletes of them."""

from collections.abc import Iterator

from analytics.dashboard.access.audit_log import AuditLog
from ingest.log.pinglog import PingLog


def forget_old(log: PingLog, quarantine_days: int, audit_days: int, now_ms: int) -> Iterator[str]:
    """Delete what is older, and tell in a line each what that was.

    Raises
    ------
    LogError
        If it cannot be done now.
    """
    before_ms = log.retention_ms(quarantine_days, now_ms)
    if before_ms is not None and (deleted := log.quarantine.forget(before_ms)):
        yield f"deleted {deleted} refusals older than {quarantine_days} days, which stay counted"
    before_ms = log.retention_ms(audit_days, now_ms)
    if before_ms is not None and (deleted := AuditLog(log, lambda: now_ms).forget(before_ms)):
        yield f"deleted {deleted} entries of the audit log older than {audit_days} days"
