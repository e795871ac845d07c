import pytest
from fastapi import HTTPException
from starlette.requests import Request

from analytics.dashboard.routes.static_files import StaticFiles


@pytest.fixture
def files(tmp_path):
    page, vendor = tmp_path / "page", tmp_path / "static" / "vendor"
    for path, text in {
        page / "index.html": "<!doctype html>",
        page / "parts" / "map.js": "export {}",
        page / "package.json": "{}",
        page / "node_modules" / "x.js": "x",
        page / ".hidden.js": "x",
        vendor / "maplibre-gl.mjs": "m",
        tmp_path / "secret.js": "s",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return StaticFiles(page, vendor)


def asking(**headers):
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": named})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("parts/map.js", "text/javascript; charset=utf-8"),
        ("vendor/maplibre-gl.mjs", "text/javascript; charset=utf-8"),
    ],
)
def test_files_of_a_page_have_their_type_and_a_tag(files, name, kind):
    answer = files.answer(asking(), name)
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-cache"
    known = files.answer(asking(if_none_match=answer.headers["etag"]), name)
    assert (known.status_code, known.body) == (304, b"")


@pytest.mark.parametrize(
    "name",
    [
        "package.json", "node_modules/x.js", ".hidden.js", "../secret.js", "..", "", "/",
        "vendor/../../secret.js", "absent.js", "a/b/c/d/e.js", "parts\\map.js", "parts/map.js/",
        "index.html\0", "vendor",
    ],
)  # fmt: skip
def test_nothing_else_is_given_away(files, name):
    with pytest.raises(HTTPException) as refused:
        files.answer(asking(), name)
    assert refused.value.status_code == 404


def test_a_file_that_changes_has_another_tag(files, tmp_path):
    before = files.answer(asking(), "index.html").headers["etag"]
    (tmp_path / "page" / "index.html").write_text("<!doctype html><title>2</title>")
    assert files.answer(asking(), "index.html").headers["etag"] != before
