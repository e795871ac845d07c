"""The findings keep their form; the scripts themselves run outside of the tests."""

import os
import re
import subprocess
from pathlib import Path

import pytest

FINDINGS = Path(__file__).parents[2] / "findings"
README = FINDINGS / "README.md"
SCRIPTS = sorted(FINDINGS.glob("*.sh"))
LISTED = re.compile(r"^\| \[`([^`]+)`\]\(([^)]+)\) \|", re.MULTILINE)
OURS = "ingest|geofence|analytics|simulators|benchmarks|pingcheng"
every_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def text_of(script: Path) -> str:
    return script.read_text(encoding="utf-8")


def code_of(script: Path) -> str:
    return "\n".join(line for line in text_of(script).splitlines() if not line.startswith("#"))


def head_of(script: Path) -> str:
    """The comment at the top, as one line."""
    lines = text_of(script).partition("\nset -eu\n")[0].splitlines()[1:]
    assert all(line.startswith("#") for line in lines)
    return " ".join(line.strip("# ") for line in lines)


def test_exactly_the_scripts_there_are_have_a_row():
    rows = LISTED.findall(README.read_text(encoding="utf-8"))
    assert [name for name, _ in rows] == [script.name for script in SCRIPTS]
    assert all(name == target for name, target in rows)


def test_nothing_else_lies_among_them():
    assert {path.name for path in FINDINGS.iterdir()} == {
        README.name,
        *(script.name for script in SCRIPTS),
    }


@every_script
def test_a_script_is_executable_and_sound_shell(script):
    assert os.access(script, os.X_OK)
    assert text_of(script).startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", script], check=True)


@every_script
def test_a_script_says_at_its_top_what_it_is_about(script):
    head = head_of(script)
    parts = ["One would guess: ", "What happens: ", "Seen: ", "What we do: "]
    places = [head.index(part) for part in parts]
    assert places == sorted(places)
    seen = head[places[2] : places[3]]
    assert re.search(r"\b\d+\.\d+\.\d+\b", seen), "name the version"
    assert re.search(r"\b20\d\d-\d\d-\d\d\b", seen), "name the date"


@every_script
def test_a_script_works_in_a_folder_that_it_takes_away(script):
    code = code_of(script)
    assert "dir=$(mktemp -d)\n" in code
    assert "trap 'rm -rf \"$dir\"' EXIT\n" in code


@every_script
def test_a_script_installs_pinned_packages_into_that_folder(script):
    installs = [line for line in code_of(script).splitlines() if "pip" in line]
    assert len(installs) == 1
    words = installs[0].split()
    assert words[:2] == ['"$dir/venv/bin/pip"', "install"]
    packages = [word for word in words[2:] if not word.startswith("-")]
    assert packages
    for package in packages:
        assert re.fullmatch(r"[a-z0-9-]+==\d+(\.\d+)+", package), package


@every_script
def test_a_script_uses_nothing_of_ours(script):
    code = code_of(script)
    assert not re.search(rf"\b(import|from|-m)\s+({OURS})\b", code)
    assert "pingcheng" not in code


@every_script
def test_a_script_names_no_host_and_no_folder_of_a_machine(script):
    text = text_of(script)
    assert not re.search(r"https?:|index-url|find-links", text)
    assert not re.search(r"(?<![\w$}.])/(home|root|work|tmp|opt|mnt|Users)\b", text)
