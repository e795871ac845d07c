import pytest

from analytics.reports.drawing.charts import draw_charts
from analytics.reports.drawing.map_sketch import sketches
from analytics.reports.drawing.maps import draw_maps
from analytics.reports.formats.pages import lay_out
from analytics.wording.words import Language, Words
from tests.fixtures import reported_night as night


@pytest.fixture(scope="package")
def report():
    return night.report()


@pytest.fixture(scope="package", params=list(Language))
def words(request):
    return Words(request.param)


@pytest.fixture(scope="package")
def pages(report, words):
    sketched = sketches(report.misses)
    return lay_out(report, words, sketched, draw_maps(sketched, words), draw_charts(report, words))
