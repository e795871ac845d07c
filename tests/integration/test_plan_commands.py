"""`pingcheng plan` in a process of its own."""

import subprocess
import sys


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from geofence.commands.plan import plan_app\n"
        "assert CliRunner().invoke(plan_app, ['check', '--help']).exit_code == 0\n"
        "heavy = {'numpy', 'pandas', 'shapely', 'openpyxl', 'scipy', 'pyproj'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
