import importlib.util

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from analytics.reports.drawing.drawing import COLOURS, DASHES, drawing, font_folder, svg_of
from analytics.reports.tables.views import VERDICTS


def svg(text="漏收 – 云中街 -5 %"):
    with drawing():
        figure = Figure(figsize=(2, 1))
        axes = figure.add_subplot()
        axes.plot([0, 1], [-5, 5], label="漏收")
        axes.set_title(text)
        return svg_of(figure)


def test_verdicts_differ_in_colour_and_in_dashes():
    assert len({COLOURS[verdict] for verdict in VERDICTS}) == len(VERDICTS)
    assert len({str(DASHES[verdict]) for verdict in VERDICTS}) == len(VERDICTS)


def test_a_drawing_is_the_same_each_time_and_has_no_date():
    one = svg()
    assert one == svg()
    assert b"<dc:date>" not in one


def test_chinese_is_drawn_as_shapes_of_the_font_of_reports_and_needs_no_font_to_be_read():
    drawn = svg("收")  # a font without it would warn, which is an error here
    assert b"<text" not in drawn
    assert b"NotoSansSC" in drawn


def test_outside_of_a_drawing_the_settings_are_as_before_even_if_it_fails():
    def fail():
        assert mpl.rcParams["font.family"] == ["Noto Sans SC"]
        raise RuntimeError("broken")

    with mpl.rc_context({"font.family": ["serif"], "font.size": 17.0}):
        with pytest.raises(RuntimeError, match="broken"), drawing():
            fail()
        assert (mpl.rcParams["font.family"], mpl.rcParams["font.size"]) == (["serif"], 17.0)


def test_a_font_that_is_not_installed_is_an_error_that_names_its_package(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(FileNotFoundError, match="zhplot is not installed"):
        font_folder()
