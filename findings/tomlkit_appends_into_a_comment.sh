#!/bin/sh
# tomlkit: a value that is appended to an array behind a comment is lost, and the text is still TOML.
#
# One would guess: tomlkit keeps comments and what is appended to an array is in it: that is what it is for.
# What happens: where the array begins on the line of its key, and its last value has no comma but a
#   comment behind it, the comma goes before the comment and the new value behind it, on its line. `dumps` writes that without a word, the text parses,
#   and the value is not there. tomlkit's own array in memory still shows it.
# Seen: tomlkit 0.15.2 with Python 3.11, 2026-11-29.
# What we do: analytics/plan_editor/table_text.py reads back what tomlkit wrote of an array, and writes it
#   anew, with all its comments, if a value or a comment is missing.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" install -q --disable-pip-version-check tomlkit==0.15.2

cat >"$dir/append.py" <<'PYTHON'
import sys
import tomllib
from importlib.metadata import version

import tomlkit

TEXT = """\
vehicles = ["a", "b"  # the spare one
]
"""
print("tomlkit", version("tomlkit"), "Python", sys.version.split()[0])
document = tomlkit.parse(TEXT)
document["vehicles"].append("c")
written = tomlkit.dumps(document)
print(written)
in_memory, in_text = list(document["vehicles"]), tomllib.loads(written)["vehicles"]
print("in memory:", in_memory)
print("in the text:", in_text)
as_described = in_memory == ["a", "b", "c"] and in_text == ["a", "b"]
print("as described" if as_described else "not as described any more")
sys.exit(0 if as_described else 1)
PYTHON
"$dir/venv/bin/python" "$dir/append.py"
