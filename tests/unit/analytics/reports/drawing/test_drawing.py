import importlib.util

import pytest

from analytics.reports.drawing.drawing import COLOURS, DASHES, FONT_FILE, font_folder
from analytics.reports.tables.views import VERDICTS


def test_verdicts_differ_in_colour_and_in_dashes():
    assert len({COLOURS[verdict] for verdict in VERDICTS}) == len(VERDICTS)
    assert len({str(DASHES[verdict]) for verdict in VERDICTS}) == len(VERDICTS)


def test_the_font_of_reports_is_in_its_folder():
    assert (font_folder() / FONT_FILE).is_file()


def test_a_font_that_is_not_installed_is_an_error_that_names_its_package(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(FileNotFoundError, match="zhplot is not installed"):
        font_folder()
