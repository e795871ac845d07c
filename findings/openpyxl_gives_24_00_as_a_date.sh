#!/bin/sh
# openpyxl: in a column of times, 24:00 is no time but the first day of 1900, or a duration.
#
# One would guess: a cell that is formatted as a time holds a datetime.time, and a whole column of them
#   is of one type.
# What happens: Excel keeps times as shares of a day. What is below 1 comes as datetime.time. 24:00 is 1:
#   with the format h:mm it comes as datetime.datetime(1900, 1, 1), whose time is 0:00, so a shift that
#   ends at 24:00 ends before it begins; with [h]:mm it and all other times come as datetime.timedelta. In a
#   workbook with the dates of 1904 the day is another.
#   A share that was rounded (0.2916667) is some milliseconds off: datetime.time(7, 0, 0, 3000).
# Seen: openpyxl 3.1.5, 2026-11-29.
# What we do: geofence/notice/sheet_values.py looks at the value with the cell's format and the epoch.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check openpyxl==3.1.5

cat >"$dir/times.py" <<'PYTHON'
import sys
from datetime import datetime, time, timedelta
from importlib.metadata import version

from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

FORMATS = ("h:mm", "[h]:mm")
SHARES = (22 / 24, 1.0, 0.2916667)


def read(epoch=None):
    workbook = Workbook()
    if epoch:
        workbook.epoch = epoch
    for row, share in enumerate(SHARES, start=1):
        for column, number_format in enumerate(FORMATS, start=1):
            cell = workbook.active.cell(row, column, share)
            cell.number_format = number_format
    workbook.save(sys.argv[1])
    return list(load_workbook(sys.argv[1]).active.iter_rows(values_only=True))


print("openpyxl", version("openpyxl"))
found = read()
for share, row in zip(SHARES, found, strict=True):
    print(f"{share:<20}", *(f"{name}: {value!r}" for name, value in zip(FORMATS, row, strict=True)))
of_1904 = read(CALENDAR_MAC_1904)[1][0]
print("24:00 as h:mm, dates of 1904:", repr(of_1904))
same = (
    found[0] == (time(22), timedelta(hours=22))
    and found[1] == (datetime(1900, 1, 1), timedelta(days=1))
    and found[2][0] == time(7, 0, 0, 3000)
    and of_1904 == datetime(1904, 1, 2)
)
raise SystemExit(0 if same else "this has changed")
PYTHON
"$dir/venv/bin/python" "$dir/times.py" "$dir/times.xlsx"
