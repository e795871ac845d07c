"""The commands of plans that need verdicts or a database: stored, compared, put in force.

In: the command line. Out: files, lines, exit codes.
"""

__all__ = ["plan_apply", "plan_diff", "plan_fit", "plan_store", "plan_trackers"]
