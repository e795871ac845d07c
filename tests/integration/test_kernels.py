"""After an upgrade the verdict follows: what was compiled of the old sources is not looked at."""

import os
import shutil
import subprocess
import sys

from tests.house.tree import ROOT

JUDGE = """
from analytics.verdicts.evaluation import evaluate
from tests.fixtures.town import Town, Truck, at, street

town = Town(street("驶过街", (0, 0), (600, 0)), street("平行街", (0, 30), (600, 30)))
truck = Truck(town, interval_s=10).stand("驶过街", 0, at("06:50"), at("07:05"))
truck.drive("驶过街", 0, 600, at("07:05"), at("07:11"))
truck.stand("驶过街", 600, at("07:11"), at("10:20"))
for row in evaluate(truck.pings(), town.plan).streets.itertuples(index=False):
    print(row.street, row.verdict)
"""


def test_a_changed_callee_of_a_kernel_changes_the_verdict(tmp_path):
    site = tmp_path / "site"
    for name in ("ingest", "geofence", "analytics", "tests/fixtures"):
        shutil.copytree(
            ROOT / name, site / name, ignore=shutil.ignore_patterns("__pycache__", "static", "page")
        )
    (site / "tests" / "__init__.py").touch()
    environment = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}

    def judged():
        said = subprocess.run(
            [sys.executable, "-c", JUDGE], cwd=site, env={**environment, "HOME": str(tmp_path)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert said.stderr == ""
        return dict(line.split() for line in said.stdout.splitlines())

    assert judged() == {"驶过街": "served", "平行街": "skipped"}
    kept = [
        *(site / "geofence" / "__pycache__").glob("pingcheng-kernels-*/*/*innovation_cost*.nbc")
    ]
    assert kept
    emission = site / "geofence" / "matching" / "emission.py"
    source = emission.read_text(encoding="utf-8")
    assert source.count("return 0.5 * (") == 1
    emission.write_text(source.replace("return 0.5 * (", "return -0.5 * ("), encoding="utf-8")
    assert judged()["驶过街"] != "served"
