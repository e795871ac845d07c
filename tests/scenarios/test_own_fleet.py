"""Five grids as polygons on a real map, to the report of a day, by the commands of the README."""

import csv
import json
import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from pingcheng import app

README = Path(__file__).parents[2] / "README.md"
WEST, SOUTH, WIDE, HIGH = -54.600, -20.490, 0.006, 0.008
MOST_COMMANDS = 10


def commands():
    """The commands of the README that begin with areas, without the path of the program."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = (block for block in blocks if "areas.geojson" in block)
    return [shlex.split(line)[1:] for line in block.splitlines()]


def write_areas(folder):
    features = []
    for number in range(5):
        west = WEST + number * WIDE
        ring = [(west, SOUTH), (west + WIDE, SOUTH), (west + WIDE, SOUTH + HIGH),
                (west, SOUTH + HIGH), (west, SOUTH)]  # fmt: skip
        features.append(
            {
                "type": "Feature",
                "properties": {"grid": f"CG{number + 1}", "operator": "Norte"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    collection = {"type": "FeatureCollection", "features": features}
    (folder / "areas.geojson").write_text(json.dumps(collection))


def test_from_five_polygons_to_a_report_in_less_than_ten_commands(
    tmp_path, monkeypatch, shared_data
):
    extract = shared_data / "osm" / "campo-grande.osm.gz"
    (tmp_path / extract.name).symlink_to(extract)
    write_areas(tmp_path)
    monkeypatch.chdir(tmp_path)
    typed = commands()
    assert len(typed) < MOST_COMMANDS
    for words in typed:
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (words, done.output)
    (streets,) = Path("city-report").glob("**/streets.csv")
    with streets.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["grid_id"] for row in rows} == {f"CG{number}" for number in range(1, 6)}
    judged = {(row["grid_id"], row["street"]): row["verdict"] for row in rows}
    with Path("city.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            verdict = judged[row["grid_id"], row["street"]]
            assert verdict != "served" or float(row["ratio_in_window"]) > 0.85, row
            assert verdict != "skipped" or float(row["ratio_by_deadline"]) < 0.15, row
    assert {"served", "skipped"} <= set(judged.values())
