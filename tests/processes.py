"""What runs below a process, as Linux tells it."""

import contextlib
from pathlib import Path


def descendants(ancestor: int) -> dict[int, str]:
    """Give number and command of every process below another, in the order in which they came."""
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
            stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            commands[int(entry.name)] = command.decode(errors="replace")
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])

    def is_below(pid: int) -> bool:
        while (pid := parents.get(pid, 0)) != 0:
            if pid == ancestor:
                return True
        return False

    return {pid: commands[pid] for pid in sorted(parents) if is_below(pid)}
