"""Who may see and do what: users, sessions, limits, the audit log.

In: a request's cookie or password. Out: a user with a role, or a refusal.
"""

__all__ = [
    "access",
    "access_tables",
    "audit_log",
    "home",
    "retention",
    "security",
    "sessions",
    "users",
    "write_behind",
]
