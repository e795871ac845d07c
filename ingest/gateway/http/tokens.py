"""The file of tokens: who may speak, and for whom.

Tokens are random, 144 bits long, so that one round of SHA-256 keeps them well enough. The file
holds hashes only: who reads it can let nobody in.
"""

import csv
import hashlib
import io
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from ingest.broker.private_file import write_private
from ingest.fault import SettingError
from ingest.file_stamp import stamp_of

COLUMNS = ("device_id", "sha256", "issued")
ALL = "*"
"""Stands for every device: the token of a server that forwards for a fleet."""
_TOKEN_BYTES = 18
_LOOK_AGAIN_S = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Issued:
    """A token that was issued, without the token."""

    device_id: str
    sha256: str
    issued: str
    """The date, ISO 8601."""


def new_token() -> str:
    """Draw a token."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_of(token: str) -> str:
    """Give what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def read_tokens(path: Path) -> dict[str, Issued]:
    """Read the file, by device; one that does not exist holds none.

    Raises
    ------
    SettingError
        If it cannot be read as such a file; it names the line.
    """
    try:
        rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), strict=True)
        found = [(rows.line_num, row) for row in rows]
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingError(f"{path}: the tokens cannot be read ({error})") from error
    if not found or tuple(found[0][1]) != COLUMNS:
        raise SettingError(
            f"{path}:1: the columns must be {', '.join(COLUMNS)}; pingcheng gateway token add "
            "writes such a file"
        )
    tokens: dict[str, Issued] = {}
    for line, row in found[1:]:
        if (
            len(row) != len(COLUMNS)
            or not row[0]
            or len(row[1]) != hashlib.sha256().digest_size * 2
        ):
            raise SettingError(f"{path}:{line}: {','.join(row)[:80]!r} is no token; issue it anew")
        tokens[row[0]] = Issued(*row)
    return tokens


def write_tokens(path: Path, tokens: Mapping[str, Issued]) -> None:
    """Write the file, for its owner only."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([one.device_id, one.sha256, one.issued] for one in tokens.values())
    write_private(path, text.getvalue().encode())


class TokenBook:
    """The tokens of a file that may change meanwhile.

    A file that has become unreadable changes nothing, and is told of.

    Raises
    ------
    SettingError
        If it cannot be read at the start.
    """

    def __init__(self, path: Path, clock_s: Callable[[], float]) -> None:
        self._path, self._clock_s = path, clock_s
        self._seen, self._looked_s = stamp_of(path), clock_s()
        self._devices = _by_hash(read_tokens(path))

    def __len__(self) -> int:
        """How many are in force."""
        return len(self._devices)

    def device_of(self, token: str) -> str | None:
        """Give whose token it is, `ALL` for everybody's; None if it is nobody's."""
        self._follow()
        return self._devices.get(hash_of(token))

    def _follow(self) -> None:
        if self._clock_s() - self._looked_s < _LOOK_AGAIN_S:
            return
        self._looked_s = self._clock_s()
        stamp = stamp_of(self._path)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._devices = _by_hash(read_tokens(self._path))
        except SettingError as error:
            log.error("tokens kept as they were", reason=str(error))
            return
        log.info("tokens read again", tokens=len(self._devices))


def _by_hash(tokens: Mapping[str, Issued]) -> dict[str, str]:
    return {one.sha256: one.device_id for one in tokens.values()}
