"""Columns of a vendor's file → columns of pings, still as text: the checks of a ping follow."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.datum import Datum, bd09_to_gcj02, gcj02_to_wgs84
from ingest.decoding.bounds import LATITUDE_LIMIT_DEG, LONGITUDE_LIMIT_DEG
from ingest.files.mapping.clock_texts import FIRST_DAYS, MIDNIGHT, read_clocks
from ingest.files.mapping.file_format import FileFormat, zone_or_fault
from ingest.files.mapping.number_texts import (
    read_decimals,
    read_degrees,
    read_degrees_minutes,
    read_floats,
    read_headings,
    read_nothing,
    read_numbers,
)
from ingest.files.mapping.target import TARGETS, Kind

TRUTHS = {
    "true": ("yes", "y", "on", "sí", "si", "s", "sim", "是", "开", "作业", "工作"),
    "false": ("no", "n", "off", "não", "nao", "否", "关", "停", "未作业", "停止"),
}


def convert(table: pa.Table, file_format: FileFormat) -> pa.Table:
    """Give the fields of pings that columns named by their targets tell."""
    decimal = file_format.decimal or "."
    zone = None if file_format.timezone is None else zone_or_fault(file_format.timezone)
    texts, broken = _texts(table)
    fields: dict[str, pa.Array] = {}
    for name, cells in texts.items():
        target = TARGETS[name]
        kind = target.kind
        if kind is Kind.TEXT:
            fields[target.field] = pc.utf8_trim_whitespace(cells)
            continue
        known = read_nothing(cells)
        if kind in {Kind.INSTANT, Kind.DATE}:
            if kind is Kind.DATE:
                day = pc.replace_substring_regex(known, MIDNIGHT, "")
                clock = pc.replace_substring_regex(
                    read_nothing(texts["event_clock"]), FIRST_DAYS, ""
                )
                whole = pc.and_(pc.not_equal(day, ""), pc.not_equal(clock, ""))
                known = pc.if_else(whole, pc.binary_join_element_wise(day, clock, " "), "")
            fields[target.field] = read_clocks(known, zone, file_format.date_order)
        elif kind is Kind.TRUTH:
            fields[target.field] = _truths(known)
        elif kind is not Kind.CLOCK:
            fields[target.field] = _numbers(read_decimals(known, decimal), kind, target.factor)
    if file_format.vehicle is not None:
        fields["vehicle_id"] = pa.array([file_format.vehicle] * table.num_rows, pa.string())
    if file_format.datum is not Datum.WGS84:
        _shift(fields, file_format.datum)
    return pa.table({name: _with_broken(cells, broken.get(name)) for name, cells in fields.items()})


def sources_of(columns: Mapping[str, str]) -> dict[str, str]:
    """Tell by field which column of the file it comes from."""
    found: dict[str, str] = {}
    for target, heading in columns.items():
        found.setdefault(TARGETS[target].field, heading)
    return found


def _texts(table: pa.Table) -> tuple[dict[str, pa.Array], dict[str, tuple[pa.Array, pa.Array]]]:
    """Read columns as texts; what is no UTF-8 is kept aside, by field."""
    texts: dict[str, pa.Array] = {}
    broken: dict[str, tuple[pa.Array, pa.Array]] = {}
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_timestamp(column.type):
            millis = pc.cast(column, pa.timestamp("ms", column.type.tz), safe=False)
            offset = "%z" if column.type.tz else ""
            column = pc.strftime(millis, "%Y-%m-%dT%H:%M:%S" + offset)
        if not pa.types.is_binary(column.type):
            texts[name] = pc.fill_null(pc.cast(column, pa.string()), "")
            continue
        try:
            texts[name] = pc.fill_null(pc.cast(column, pa.string()), "")
        except pa.ArrowInvalid:
            cells = [cell or b"" for cell in column.to_pylist()]
            read = [cell.decode("utf-8", "replace") for cell in cells]
            bad = [text.encode() != cell for text, cell in zip(read, cells, strict=True)]
            texts[name] = pa.array(read, pa.string())
            broken[TARGETS[name].field] = (pa.array(bad), column)
    return texts, broken


def _with_broken(cells: pa.Array, broken: tuple[pa.Array, pa.Array] | None) -> pa.Array:
    if broken is None:
        return cells
    return pc.if_else(broken[0], broken[1], pc.cast(cells, pa.binary()))


def _numbers(text: pa.Array, kind: Kind, factor: float) -> pa.Array:
    if kind is Kind.DEGREES:
        return read_degrees(text, factor)
    if kind is Kind.DEGREES_MINUTES:
        return read_degrees_minutes(text)
    if kind is Kind.HEADING:
        return read_headings(text, factor)
    return read_numbers(text, factor)


def _truths(text: pa.Array) -> pa.Array:
    word = pc.utf8_lower(text)
    for truth, words in TRUTHS.items():
        text = pc.if_else(pc.is_in(word, value_set=pa.array(words)), truth, text)
    return text


def _shift(fields: dict[str, pa.Array], datum: Datum) -> None:
    """Bring places to WGS 84; 0/0 and what is no place are left for the checks."""
    limits = {"longitude": LONGITUDE_LIMIT_DEG, "latitude": LATITUDE_LIMIT_DEG}
    if not limits.keys() <= fields.keys():
        return
    degrees = {}
    right = np.ones(len(fields["longitude"]), dtype=np.bool_)
    for name, limit_deg in limits.items():
        degrees[name], _ = read_floats(fields[name])
        right &= np.abs(degrees[name]) <= limit_deg
    right &= (degrees["longitude"] != 0) | (degrees["latitude"] != 0)
    place = degrees["longitude"][right], degrees["latitude"][right]
    if datum is Datum.BD09:
        place = bd09_to_gcj02(*place)
    for name, moved in zip(limits, gcj02_to_wgs84(*place), strict=True):
        whole = np.zeros(len(right))
        whole[right] = moved
        fields[name] = pc.if_else(
            pa.array(right), pc.cast(pa.array(whole), pa.string()), fields[name]
        )
