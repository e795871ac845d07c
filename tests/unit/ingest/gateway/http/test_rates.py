from ingest.gateway.http.rates import Rates


def test_bursts_follow_their_rates():
    assert Rates.of(10, 200) == Rates()
    assert Rates.of(1, 400) == Rates(1, 60, 864, 400, 4000)
