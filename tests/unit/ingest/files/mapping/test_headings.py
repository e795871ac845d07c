import pytest

from ingest.files.mapping.headings import datum_of, guess, is_utc, meaning_of, unit_of


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("车牌号", "vehicle_id"),
        ("Vehicle Name", "vehicle_id"),
        ("Matrícula", "vehicle_id"),
        ("终端手机号", "device"),
        ("IMEI", "device"),
        ("定位时间", "time"),
        ("Fecha y hora", "time"),
        ("Data/Hora GPS", "time"),
        ("time_utc", "time"),
        ("经度(WGS84)", "longitude"),
        ("gps_lon", "longitude"),
        ("Latitude (deg)", "latitude"),
        ("速度（km/h）", "speed"),
        ("speed_kmh", "speed"),
        ("Vel. (km/h)", "speed"),
        ("Direção", "heading_deg"),
        ("卫星数", "satellites"),
        ("Toma de fuerza", "working"),
        ("Data/Hora Servidor", "received_time"),
        ("备注", None),
        ("", None),
        ("address", None),
    ],
)
def test_headings_of_four_languages_are_known(heading, meaning):
    assert meaning_of(heading) == meaning


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("速度(km/h)", "speed_kmh"),
        ("speed_kmh", "speed_kmh"),
        ("Speed [knots]", "speed_knots"),
        ("车速", None),
        ("速度(0.1km/h)", "speed_dkmh"),
        ("speed m/s", "speed_mps"),
        ("Speed (mph)", "speed_mph"),
        ("speed_mps", "speed_mps"),
    ],
)
def test_the_unit_of_a_speed_is_told_by_its_heading(heading, unit):
    assert unit_of(heading) == unit
    assert guess(heading)[0] == unit or unit is None


def test_a_heading_may_tell_datum_and_zone():
    assert (datum_of("百度经度"), datum_of("lng_gcj02"), datum_of("lon")) == ("bd09", "gcj02", None)
    assert is_utc("time (UTC)")
    assert not is_utc("time")
