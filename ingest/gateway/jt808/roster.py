"""The file of terminals: whose number has which code; read again when it changes.

::

    terminal,code,registers
    10000000001,5f1c2d3e4a5b6c7d8e9f0a1b,yes
"""

import csv
import io
import re
import secrets
from pathlib import Path

import structlog

from ingest.fault import SettingError
from ingest.file_stamp import stamp_of
from ingest.gateway.jt808.admission import Listed, TerminalGate

COLUMNS = ("terminal", "code", "registers")
_REQUIRED = COLUMNS[:2]
_CODE = re.compile(r"[!-~]{8,128}", re.ASCII)
_TERMINAL = re.compile(r"[0-9]{1,20}", re.ASCII)
_CODE_BYTES = 12
_FAULTS_TOLD = 50

log = structlog.get_logger(__name__)


class Roster:
    """The terminals of a file as it is now; what has a fault does not count.

    Raises
    ------
    SettingError
        If the file cannot be used when it is opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gate = read_terminals(path)
        self._seen = stamp_of(path)

    def gate(self) -> TerminalGate:
        """Give who is let in, reading the file again if it is another than before."""
        stamp = stamp_of(self._path)
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._gate = read_terminals(self._path)
                log.info("terminals read", path=str(self._path), terminals=len(self._gate))
            except SettingError as error:
                log.warning("terminals not read, those before stay", reason=str(error))
        return self._gate


def read_terminals(path: Path) -> TerminalGate:
    """Read the file of terminals: CSV, UTF-8 with or without BOM.

    Raises
    ------
    SettingError
        If it cannot be read or anything in it is wrong; it tells every fault, one a line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingError(f"{path}: it is not UTF-8; save it as CSV UTF-8") from None
    except OSError as error:
        raise SettingError(
            f"{path}: it cannot be read ({error.strerror}); add a terminal with pingcheng gateway "
            "jt808 --add-terminal NUMBER, or in a closed network give --open"
        ) from error
    rows = csv.reader(io.StringIO(text, newline=""))
    header = tuple(name.strip() for name in next(rows, []))
    if header not in {_REQUIRED, COLUMNS}:
        raise SettingError(
            f"{path}:1: its columns are {','.join(header) or 'none'}; write "
            f"{','.join(_REQUIRED)} or {','.join(COLUMNS)}"
        )
    terminals: dict[str, Listed] = {}
    faults: list[str] = []
    for row in rows:
        cells = [cell.strip() for cell in row]
        if any(cells) and (fault := _row_fault(cells, len(header), terminals)):
            faults.append(f"{path}:{rows.line_num}: {fault}")
    if len(faults) > _FAULTS_TOLD:
        faults[_FAULTS_TOLD:] = [f"and {len(faults) - _FAULTS_TOLD} more"]
    if faults:
        raise SettingError("\n".join(faults))
    if not terminals:
        raise SettingError(f"{path}: it lists no terminal; add one with --add-terminal")
    return TerminalGate(terminals)


def with_terminal(text: str, terminal: str) -> str:
    """Add a terminal with a code that is drawn to the content of a file, empty or not.

    Raises
    ------
    SettingError
        If that is no number of a terminal.
    """
    if not _TERMINAL.fullmatch(terminal):
        raise SettingError(f"{terminal!r} is no terminal's number; write up to 20 digits")
    text = text or ",".join(COLUMNS) + "\n"
    row = [canonical(terminal), secrets.token_hex(_CODE_BYTES)]
    width = len(text.splitlines()[0].split(","))
    return f"{text.rstrip()}\n{','.join([*row, 'yes'][:width])}\n"


def canonical(terminal: str) -> str:
    """Write a terminal's number as messages do: without the zeros that fill it up."""
    return terminal.lstrip("0") or "0"


def _row_fault(cells: list[str], width: int, terminals: dict[str, Listed]) -> str:
    """Take a row; say what is wrong with it, if anything is. No code is ever told."""
    if len(cells) != width:
        return f"it has {len(cells)} fields; write {width}"
    terminal, code, registers = (*cells, "yes")[:3]
    if not _TERMINAL.fullmatch(terminal):
        return f"terminal = {terminal!r}: write up to 20 digits"
    if not _CODE.fullmatch(code):
        return "code: write 8 to 128 ASCII characters without blanks"
    if registers not in {"yes", "no", ""}:
        return f"registers = {registers!r}: write yes or no"
    if canonical(terminal) in terminals:
        return f"terminal = {terminal!r}: it is listed twice; delete one"
    terminals[canonical(terminal)] = Listed(code, registers != "no")
    return ""
