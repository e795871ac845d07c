"""The scripts of the page load without a build step: what they import has to be there."""

import re
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path, PurePosixPath
from posixpath import normpath

from analytics.dashboard.routes.static_files import PAGE_FOLDER

MOST_SCRIPTS = 15
VENDOR = "vendor"
"""The map's library is served there, and is no script of the page."""
IMPORTS = re.compile(
    r"""^(?:import|(?:import\s|export\s)[^;'"`=()]*\sfrom)\s+['"]([^'"]+)['"];"""  # at its top
    r"""|\bimport\(\s*['"`]([^'"`$]+)""",  # while it runs
    re.MULTILINE,
)
ENTRIES = re.compile(r"""<script\b[^>]*\bsrc="/static/([^"]+)\"""")
PRELOADS = re.compile(r"""<link rel="modulepreload" href="/static/([^"]+)">""")


def scripts() -> list[str]:
    names = (path.relative_to(PAGE_FOLDER).as_posix() for path in PAGE_FOLDER.rglob("*.js"))
    return sorted(name for name in names if not name.startswith("node_modules/"))


def imports_of(script: str) -> Iterator[str]:
    """The scripts of the page that a script imports, named from the page's folder."""
    for found in IMPORTS.finditer((PAGE_FOLDER / script).read_text("utf-8")):
        named = found[1] or found[2]
        assert named.startswith(("./", "../")), f"{script}: {named} is not relative"
        name = normpath(PurePosixPath(script).parent / named)
        if PurePosixPath(name).parts[0] != VENDOR:
            yield name


def folder_of(script: str) -> str:
    return str(PurePosixPath(script).parent)


def links(pattern: re.Pattern[str], page: Path) -> list[str]:
    return pattern.findall(page.read_text("utf-8"))


def reached_from(entries: list[str]) -> set[str]:
    reached, waiting = set(), list(entries)
    while waiting:
        script = waiting.pop()
        if script not in reached:
            reached.add(script)
            waiting.extend(imports_of(script))
    return reached


def test_every_relative_import_of_a_script_leads_to_a_file_that_is_there():
    there = set(scripts())
    lost = [f"{script}: {name}" for script in scripts() for name in imports_of(script)
            if name not in there]  # fmt: skip
    assert lost == []


def test_imports_are_seen_in_all_their_forms():
    text = (
        'import { a } from "./a.js";\nimport {\n  b,\n  c,\n} from "../b.js";\nimport "./c.js";\n'
        'export { d } from "./d.js";\nconst e = await import(`../vendor/e.mjs${again}`);\n'
        'export function from(f) { return "./g.js"; }\n'
    )
    seen = [found[1] or found[2] for found in IMPORTS.finditer(text)]
    assert seen == ["./a.js", "../b.js", "./c.js", "./d.js", "../vendor/e.mjs"]


def test_no_two_folders_of_the_page_import_each_other():
    order = TopologicalSorter[str]()
    for script in scripts():
        others = {folder_of(name) for name in imports_of(script)} - {folder_of(script)}
        order.add(folder_of(script), *others)
    order.prepare()  # raises on a cycle, and names it


def test_no_folder_of_the_page_holds_more_than_15_scripts():
    crowded = {
        folder: count
        for folder, count in Counter(map(folder_of, scripts())).items()
        if count > MOST_SCRIPTS
    }
    assert crowded == {}


def test_every_script_is_reached_from_an_entry_page():
    entries = [name for page in PAGE_FOLDER.glob("*.html") for name in links(ENTRIES, page)]
    assert set(scripts()) - reached_from(entries) == set()


def test_a_page_that_preloads_scripts_preloads_just_those_that_it_reaches():
    for page in PAGE_FOLDER.glob("*.html"):
        entries, preloaded = links(ENTRIES, page), links(PRELOADS, page)
        if preloaded:
            assert sorted([*entries, *preloaded]) == sorted(reached_from(entries)), page.name
