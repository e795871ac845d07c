"""After an upgrade a kernel follows: what was compiled of the old sources is not looked at."""

import os
import shutil
import subprocess
import sys

from tests.house.tree import ROOT

WEIGH = """
import numpy as np
from geofence.matching.states import build_states

# a truck that heads east on a two-way street: of the two directions, the second costs something
one = np.zeros(1)
states = build_states(
    np.array([0, 1]), np.zeros(1, np.int32), one, one, one, one, one, one, one,
    one + 100, np.ones(2, np.bool_), one + 5, one + 90, np.ones(1, np.bool_), 3.0, 10.0, 30.0,
)
print(*states.cost)
"""


def test_a_changed_callee_of_a_kernel_in_another_file_changes_what_the_kernel_says(tmp_path):
    site = tmp_path / "site"
    for name in ("ingest", "geofence", "analytics"):
        shutil.copytree(
            ROOT / name, site / name, ignore=shutil.ignore_patterns("__pycache__", "static", "page")
        )
    environment = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}

    def costs():
        said = subprocess.run(
            [sys.executable, "-c", WEIGH], cwd=site, env={**environment, "HOME": str(tmp_path)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert said.stderr == ""
        return [float(word) for word in said.stdout.split()]

    assert costs() == [0.0, 6.0]
    kept = [*(site / "geofence" / "__pycache__").glob("pingcheng-kernels-*/*/*heading_cost*.nbc")]
    assert kept
    emission = site / "geofence" / "matching" / "emission.py"
    source = emission.read_text(encoding="utf-8")
    assert source.count("return concentration * (") == 1
    emission.write_text(
        source.replace("return concentration * (", "return 2 * concentration * ("), encoding="utf-8"
    )
    assert costs() == [0.0, 12.0]
