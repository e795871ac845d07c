"""Who may see and do what: users, sessions, limits, the audit log.

In: a request's cookie or password. Out: a user with a role, or a refusal.
"""
