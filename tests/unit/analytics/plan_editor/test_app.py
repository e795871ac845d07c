import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from analytics.dashboard.routes.basemap import Basemap
from analytics.dashboard.routes.static_files import PAGE_FOLDER as SHARED_FOLDER
from analytics.plan_editor.app import PAGE_FOLDER, make_app
from analytics.plan_editor.editor import Editor
from tests.fixtures.edited_plans import write_editable
from tests.fixtures.pmtiles_files import PNG_TILE, write_raster

TOKEN = "a-token-nobody-knows"
HOME = "http://127.0.0.1:8000"


def client_of(path, base_url=HOME, address="127.0.0.1", basemap=None):
    app = make_app(Editor(path), TOKEN, basemap)
    return TestClient(
        app, base_url=base_url, client=(address, 50_000), raise_server_exceptions=False
    )


@pytest.fixture
def plan(tmp_path):
    return write_editable(tmp_path)


@pytest.fixture
def client(plan):
    return client_of(plan)


def edit(client, kind, revision=1, **values):
    body = {"kind": kind, "revision": revision, **values}
    return client.post(f"/{TOKEN}/api/edit", json=body)


def test_a_plan_is_shown_edited_and_saved(client):
    document = client.get(f"/{TOKEN}/api/plan").json()
    assert document["status"]["revision"] == 1
    done = edit(client, "cut", section="w1-1", at=[113.301, 40.1])
    assert (done.status_code, done.json()["gone"]) == (200, ["w1-1"])
    saved = client.post(f"/{TOKEN}/api/save", json={"revision": 2})
    assert saved.json()["files"] == ["streets.geojson", "overrides.toml"]
    assert client.get(f"/{TOKEN}/api/disk").json() == {"changed": []}


@pytest.mark.parametrize(
    "path", ["/", "/api/plan", "/x/api/plan", f"/{TOKEN}x/", "//", "/static/style.css"]
)
def test_nothing_is_told_to_who_does_not_know_the_token(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    ("address", "base_url", "headers"),
    [
        ("192.168.1.7", HOME, {}),
        ("127.0.0.1", "http://evil.example:8000", {}),
        ("127.0.0.1", HOME, {"X-Forwarded-For": "10.0.0.1"}),
        ("127.0.0.1", HOME, {"Referer": "http://evil.example/"}),
    ],
)
def test_only_this_machine_is_answered_by_a_name_of_its_own(plan, address, base_url, headers):
    client = client_of(plan, base_url, address)
    assert client.get(f"/{TOKEN}/", headers=headers).status_code == 403
    answer = client.post(f"/{TOKEN}/api/reload", headers=headers)
    assert answer.status_code == 403


def test_what_another_site_sends_is_refused(client):
    headers = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = client.post(f"/{TOKEN}/api/reload", headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("kind", "values", "status", "code", "field"),
    [
        ("grid", {"grid": "JY01", "windows": ["9-10"]}, 422, "window_syntax", "windows"),
        ("join", {"sections": ["w1-1", "w1-3"]}, 422, "line_apart", "line"),
        ("assign", {"sections": ["w9"], "grid": "JY01"}, 404, "absent", ""),
        ("step", {"direction": "undo"}, 409, "nothing", ""),
        ("exception", {"reason": "holiday", "first": "", "last": ""}, 422, "unreadable", "first"),
        ("rename", {"sections": ["w1-1"], "name": "x", "revision": 9}, 409, "stale", ""),
    ],
)
def test_a_refusal_says_why_and_of_which_field(client, kind, values, status, code, field):
    answer = edit(client, kind, **values)
    fault = answer.json()["faults"][0]
    assert (answer.status_code, fault["code"], fault["field"]) == (status, code, field)
    assert answer.json()["detail"]


def test_a_plan_that_changed_on_disk_is_not_saved_until_it_is_read_again(client, plan):
    edit(client, "grid", grid="JY01", days=[0])
    plan.write_text(plan.read_text("utf-8") + "# by hand\n", "utf-8")
    assert client.get(f"/{TOKEN}/api/disk").json() == {"changed": ["plan.toml"]}
    answer = client.post(f"/{TOKEN}/api/save", json={"revision": 2})
    assert (answer.status_code, answer.json()["faults"][0]["code"]) == (409, "changed_on_disk")
    assert answer.json()["faults"][0]["value"] == "plan.toml"
    again = client.post(f"/{TOKEN}/api/reload").json()
    assert (again["status"]["revision"], again["status"]["saved"]) == (3, True)


def test_a_file_that_cannot_be_written_is_told_by_name(client, plan):
    streets = plan.parent / "streets.geojson"
    real = streets.rename(streets.with_name("real.geojson"))
    streets.symlink_to(real.name)
    edit(client, "rename", sections=["w1-1"], name="新街")
    answer = client.post(f"/{TOKEN}/api/save", json={"revision": 2})
    assert answer.status_code == 500
    assert answer.json()["detail"].startswith("streets.geojson: it is a link")


def test_the_page_and_its_scripts_are_served_and_those_of_the_live_page(client):
    page = client.get(f"/{TOKEN}/")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for name, folder in (("editor/app.js", PAGE_FOLDER), ("elements/dom.js", SHARED_FOLDER)):
        answer = client.get(f"/{TOKEN}/static/{name}")
        assert answer.content == (folder / name.removeprefix("editor/")).read_bytes()
    assert client.get(f"/{TOKEN}/static/editor/../app.py").status_code == 404


def test_tiles_of_a_basemap_are_answered_where_there_are_some(client, plan, tmp_path):
    assert client.get(f"/{TOKEN}/api/basemap/0/0/0").status_code == 404
    grounded = client_of(plan, basemap=Basemap(write_raster(tmp_path / "底图.pmtiles")))
    answer = grounded.get(f"/{TOKEN}/api/basemap/1/0/1")
    assert (answer.headers["content-type"], answer.content) == ("image/png", PNG_TILE)
    assert grounded.get(f"/{TOKEN}/api/basemap/2/0/0").status_code == 204
    assert grounded.get(f"/{TOKEN}/api/plan").json()["basemap"]["kind"] == "raster"


texts = st.text(max_size=5) | st.sampled_from(["JY01", "w1-1", "w1-1/1", "sweep-1", "2026-10-01"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=4,
)
KEYS = (
    "section", "sections", "grid", "name", "at", "keeps", "windows", "days", "vehicles", "streets",
    "operator", "spares", "number", "reason", "first", "last", "note", "direction",
)  # fmt: skip
KINDS = (
    "assign", "unassign", "rename", "cut", "join", "grid", "operator", "exception",
    "remove_exception", "step", "x",
)  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(KEYS), anything)),
        max_size=8,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_asked_for_is_answered_and_the_plan_stays_sound(client, wishes):
    client.post(f"/{TOKEN}/api/reload")
    for kind, values in wishes:
        revision = client.get(f"/{TOKEN}/api/plan").json()["status"]["revision"]
        body = json.dumps({"kind": kind, "revision": revision, **values})
        headers = {"Content-Type": "application/json"}
        answer = client.post(f"/{TOKEN}/api/edit", content=body, headers=headers)
        assert answer.status_code in {200, 400, 404, 409, 422}, answer.text
        assert "status" in answer.json() or answer.json()["detail"]
    assert client.get(f"/{TOKEN}/api/plan").status_code == 200
