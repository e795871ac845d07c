"""The scripts of the editor load without a build step: what they import has to be there."""

import re
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import PurePosixPath
from posixpath import normpath

from analytics.dashboard.routes.static_files import PAGE_FOLDER as SHARED_FOLDER
from analytics.plan_editor.app import OWN_FILES, PAGE_FOLDER

MOST_SCRIPTS = 15
IMPORTS = re.compile(
    r"""^(?:import|(?:import\s|export\s)[^;'"`=()]*\sfrom)\s+['"]([^'"]+)['"];"""
    r"""|\bimport\(\s*['"`]([^'"`$]+)""",
    re.MULTILINE,
)
WORDS = re.compile(r"""\bword\("(\w+)\"""")
OWN_WORDS = re.compile(r"^  (\w+): \[", re.MULTILINE)


def scripts():
    """Names of the scripts, as the page asks for them."""
    paths = sorted(PAGE_FOLDER.rglob("*.js"))
    return {f"{OWN_FILES}{path.relative_to(PAGE_FOLDER).as_posix()}": path for path in paths}


def imports_of(name, path):
    for found in IMPORTS.finditer(path.read_text("utf-8")):
        yield normpath(PurePosixPath(name).parent / (found[1] or found[2]))


def folder_of(name):
    return str(PurePosixPath(name).parent)


def test_every_import_leads_to_a_script_of_the_editor_or_of_the_live_page():
    own = scripts()
    lost = [
        f"{name}: {wanted}"
        for name, path in own.items()
        for wanted in imports_of(name, path)
        if wanted not in own
        and not (SHARED_FOLDER / wanted).is_file()
        and not wanted.startswith("vendor/")
    ]
    assert lost == []


def test_every_script_is_used():
    own, reached, waiting = scripts(), set(), [f"{OWN_FILES}app.js"]
    while waiting:
        name = waiting.pop()
        if name in own and name not in reached:
            reached.add(name)
            waiting.extend(imports_of(name, own[name]))
    assert set(own) - reached == set()


def test_no_two_folders_of_the_editor_import_each_other_and_none_holds_too_many():
    order = TopologicalSorter()
    for name, path in scripts().items():
        wanted = {folder_of(each) for each in imports_of(name, path) if each in scripts()}
        order.add(folder_of(name), *(wanted - {folder_of(name)}))
    order.prepare()  # raises on a cycle, and names it
    assert max(Counter(map(folder_of, scripts())).values()) <= MOST_SCRIPTS


def test_every_word_that_is_said_is_there_in_both_languages():
    text = (SHARED_FOLDER / "language/words.js").read_text("utf-8")
    own = (PAGE_FOLDER / "state/words.js").read_text("utf-8")
    known = set(OWN_WORDS.findall(text)) | set(OWN_WORDS.findall(own))
    known |= set(re.findall(r"\b(edit_day_\d):", own))
    said = {word for path in scripts().values() for word in WORDS.findall(path.read_text("utf-8"))}
    assert said - known == set()
    assert len(OWN_WORDS.findall(own)) == len(set(OWN_WORDS.findall(own)))
    assert not set(OWN_WORDS.findall(own)) & set(OWN_WORDS.findall(text))
