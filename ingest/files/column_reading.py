"""Reads Arrow columns of recorded pings into NumPy arrays, typed (Parquet) or text (CSV).

A row that cannot be read is charged with its first fault and holds no sense.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ingest.decoding.instant import OFFSET_PATTERN, RFC3339_PATTERN
from ingest.decoding.rejection import RejectionCode
from ingest.ping import REQUIRED_COLUMNS
from ingest.tasks import EVERY_TASK, mask_of_text

Mask = NDArray[np.bool_]
Instants = NDArray[np.int64]
Floats = NDArray[np.float64]

_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_NOT_FINITE = r"(?i)^[+-]?(?:nan|inf|infinity)$"
_EPOCH_MS = r"^-?[0-9]{1,17}$"
_TRUE, _FALSE = ("true", "1", "t"), ("false", "0", "f")
_TELLS_NOTHING = -1.0
_R_NOTHING = "^NA$"
"""How R writes an empty field."""


MISSING_MS = np.iinfo(np.int64).min


@dataclass(slots=True)
class Faults:
    """The first fault of every row, by the order in which the checks are made."""

    rows: int
    code: NDArray[np.int16] = field(init=False)
    """Index into ``FAULT_CODES``, 0 for a row without a fault."""
    keys: list[str] = field(default_factory=list)
    key: NDArray[np.int16] = field(init=False)
    """Index into ``keys`` of the column at fault."""
    ignored: dict[str, Mask] = field(default_factory=dict)
    """Rows in which an optional column tells nothing that can be, by its name."""

    def __post_init__(self) -> None:
        self.code = np.zeros(self.rows, dtype=np.int16)
        self.key = np.zeros(self.rows, dtype=np.int16)

    def add(self, mask: Mask, code: RejectionCode, key: str) -> None:
        """Charge the rows of `mask` that have no fault yet."""
        if not mask.any():
            return
        if key not in self.keys:
            self.keys.append(key)
        fresh = mask & (self.code == 0)
        self.code[fresh] = FAULT_CODES.index(code)
        self.key[fresh] = self.keys.index(key)


FAULT_CODES = (RejectionCode.NOT_JSON, *RejectionCode)
"""Index 0 stands for no fault and is never looked up."""


class ColumnTypeError(TypeError):
    """A typed column that can never hold what it is named for."""


def plain_column(array: pa.ChunkedArray, key: str, faults: Faults) -> pa.ChunkedArray | None:
    """Bring a column to one of few Arrow types; None for a column without any value or type."""
    if pa.types.is_dictionary(array.type):
        array = pc.cast(array, array.type.value_type)
    if pa.types.is_null(array.type):
        return None if key not in REQUIRED_COLUMNS else pc.cast(array, pa.string())
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        return pc.cast(array, pa.string())
    if pa.types.is_decimal(array.type):
        return pc.cast(array, pa.float64())
    if not pa.types.is_binary(array.type):
        return array
    try:
        return pc.cast(array, pa.string())
    except pa.ArrowInvalid:
        broken = np.array([_is_broken(value) for value in array.to_pylist()], dtype=np.bool_)
        faults.add(broken, RejectionCode.NOT_UTF8, key)
        emptied = pc.if_else(pa.chunked_array([broken]), pa.scalar(b"", pa.binary()), array)
        return pc.cast(emptied, pa.string())


def _is_broken(value: bytes | None) -> bool:
    if value is None:
        return False
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def read_instants(column: pa.ChunkedArray, key: str, faults: Faults) -> Instants:
    """Read epoch milliseconds; a missing or unreadable one is the smallest integer."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        if kind.tz is None:
            raise ColumnTypeError(f"{key} has no time zone; store it as UTC")
        millis = pc.cast(pc.cast(column, pa.timestamp("ms", kind.tz), safe=False), pa.int64())
    elif pa.types.is_integer(kind):
        millis = pc.cast(column, pa.int64())
    elif pa.types.is_string(kind):
        return _text_instants(column, key, faults)
    else:
        raise ColumnTypeError(
            f"{key} is {kind}; it must be text, a UTC timestamp or a whole number"
        )
    if key == "event_time":
        faults.add(_mask(pc.is_null(column)), RejectionCode.MISSING_FIELD, key)
    return _integers(pc.fill_null(millis, MISSING_MS))


def _text_instants(column: pa.ChunkedArray, key: str, faults: Faults) -> Instants:
    text, missing = _trimmed(column)
    dated = _matches(text, RFC3339_PATTERN + "(?:" + OFFSET_PATTERN + ")")
    missing |= _matches_among(~missing & ~dated, text, _R_NOTHING)
    if key == "event_time":
        faults.add(missing, RejectionCode.MISSING_FIELD, key)
    others = ~missing & ~dated
    counted = _matches_among(others, text, _EPOCH_MS)
    local = _matches_among(others, text, RFC3339_PATTERN + "$")
    millis = np.full(len(text), MISSING_MS)
    if counted.any():
        millis[counted] = _integers(pc.cast(text.filter(pa.array(counted)), pa.int64()))
    readable = dated | local
    if readable.any():
        # longer fractions are cut to the millisecond, which floors them
        cut = pc.replace_substring_regex(
            pc.utf8_upper(text.filter(pa.array(readable))), r"(\.[0-9]{3})[0-9]+", r"\1"
        )
        times = pd.to_datetime(cut.to_pandas(), format="ISO8601", utc=True, errors="coerce")
        millis[readable] = times.astype("datetime64[ms, UTC]").astype("int64").to_numpy()
    faults.add(local & (millis != MISSING_MS), RejectionCode.TIME_WITHOUT_OFFSET, key)
    faults.add(
        ~missing & (~(counted | dated) | (millis == MISSING_MS)),
        RejectionCode.TIME_UNREADABLE,
        key,
    )
    return millis


def read_numbers(column: pa.ChunkedArray, key: str, faults: Faults) -> tuple[Floats, Mask]:
    """Read floats; NaN where the row has a fault. The mask tells where nothing is given."""
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return _floats(pc.cast(column, pa.float64())), _mask(pc.is_null(column))
    if not pa.types.is_string(kind):
        raise ColumnTypeError(f"{key} is {kind}; it must be a number")
    text, missing = _trimmed(column)
    numeric = _matches(text, _NUMBER)
    missing |= _matches_among(~missing & ~numeric, text, _R_NOTHING)
    others = ~missing & ~numeric
    not_finite = _matches_among(others, text, _NOT_FINITE)
    faults.add(not_finite, RejectionCode.NOT_FINITE, key)
    faults.add(others & ~not_finite, RejectionCode.WRONG_TYPE, key)
    # Arrow's parser rounds right and knows no leading plus
    plain = pc.if_else(pa.array(numeric), pc.utf8_ltrim(text, "+"), pa.scalar(None, pa.string()))
    return _floats(pc.cast(plain, pa.float64())), missing


def read_truths(column: pa.ChunkedArray, faults: Faults) -> pd.Series:
    """Read truth values: true, false, t, f, 1 or 0 where they are text."""
    if pa.types.is_boolean(column.type):
        truths = _mask(pc.fill_null(column, False))
        return pd.Series(pd.arrays.BooleanArray(truths, _mask(pc.is_null(column))))
    if not pa.types.is_string(column.type):
        raise ColumnTypeError(f"working is {column.type}; it must be true or false")
    text, missing = _trimmed(column)
    word = pc.utf8_lower(text)
    true = _mask(pc.is_in(word, value_set=pa.array(_TRUE)))
    false = _mask(pc.is_in(word, value_set=pa.array(_FALSE)))
    missing |= _matches_among(~missing & ~true & ~false, text, _R_NOTHING)
    faults.add(~missing & ~true & ~false, RejectionCode.WRONG_TYPE, "working")
    return pd.Series(pd.arrays.BooleanArray(true, ~true & ~false))


def read_tasks(column: pa.ChunkedArray, faults: Faults) -> pd.Series:
    """Read masks of tasks: names joined by "+" where they are text, else whole numbers."""
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        numbers, missing = read_numbers(column, "tasks", faults)
        missing |= np.isnan(numbers)
    elif pa.types.is_string(kind):
        text, _ = _trimmed(column)
        encoded = text.dictionary_encode().combine_chunks()
        known = np.array([_mask_or_nan(each) for each in encoded.dictionary.to_pylist()])
        numbers = known[encoded.indices.to_numpy()] if len(known) else np.zeros(0)
        missing = numbers == _TELLS_NOTHING
    else:
        raise ColumnTypeError(f"tasks is {kind}; it must be names joined by + or a whole number")
    whole = ~missing & (numbers == np.trunc(numbers)) & (numbers >= 0) & (numbers <= EVERY_TASK)
    faults.add(~missing & ~whole, RejectionCode.VALUE_OUT_OF_RANGE, "tasks")
    masks = np.where(whole, numbers, 0).astype(np.int32)
    return pd.Series(pd.arrays.IntegerArray(masks, ~whole))


def _mask_or_nan(text: str) -> float:
    try:
        mask = None if text == "NA" else mask_of_text(text)
    except KeyError:
        return np.nan
    return _TELLS_NOTHING if mask is None else mask


def with_shadow(working: pd.Series | None, tasks: pd.Series) -> pd.Series:
    """Give `working`, where tasks are told as these have it."""
    shadow = (tasks != 0).astype("boolean")
    return shadow if working is None else shadow.fillna(working)


def _trimmed(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, Mask]:
    text = pc.utf8_trim_whitespace(pc.fill_null(column, ""))
    return text, _mask(pc.equal(text, ""))


def _matches(text: pa.ChunkedArray, pattern: str) -> Mask:
    return _mask(pc.match_substring_regex(text, pattern))


def _matches_among(rows: Mask, text: pa.ChunkedArray, pattern: str) -> Mask:
    """Tell which of some rows match: mostly there are none, and each look at all takes long."""
    found = np.zeros(len(rows), dtype=np.bool_)
    if rows.any():
        found[rows] = _matches(text.filter(pa.array(rows)), pattern)
    return found


def _mask(values: pa.ChunkedArray) -> Mask:
    return np.asarray(values.to_numpy(), dtype=np.bool_)


def _floats(values: pa.ChunkedArray) -> Floats:
    return np.require(values.to_numpy(), dtype=np.float64, requirements="W")


def _integers(values: pa.ChunkedArray) -> Instants:
    return np.require(values.to_numpy(), dtype=np.int64, requirements="W")
