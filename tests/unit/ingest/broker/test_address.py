import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.broker.address import BrokerAddress, pages_url
from ingest.fault import SettingError


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://127.0.0.1:1884", BrokerAddress("127.0.0.1", 1884)),
        ("mqtt://broker.example/", BrokerAddress("broker.example", 1883)),
        ("mqtt://broker.example:", BrokerAddress("broker.example", 1883)),
        ("mqtts://broker.example", BrokerAddress("broker.example", 8883, tls=True)),
        ("mqtts://broker.example:1883", BrokerAddress("broker.example", 1883, tls=True)),
        ("MQTT://broker.example", BrokerAddress("broker.example", 1883)),
        ("mqtt://[::1]:1883", BrokerAddress("::1", 1883)),
        ("mqtts://[fe80::1]", BrokerAddress("fe80::1", 8883, tls=True)),
    ],
)
def test_a_url_tells_host_port_and_whether_there_is_tls(url, address):
    assert BrokerAddress.parse(url) == address


@given(
    st.builds(
        BrokerAddress,
        st.sampled_from(["127.0.0.1", "::1", "2001:db8::7", "localhost", "xn--fiqs8s.example"]),
        st.integers(1, 65535),
        st.booleans(),
    )
)
@settings(max_examples=40)
def test_an_address_reads_back_as_written(address):
    assert BrokerAddress.parse(str(address)) == address


@pytest.mark.parametrize(
    "url", ["", "here", "here:1883", "mqtt://", "mqtt://:1883", "mqtt:h", "http://h", "tcp://h:1883",
            "mqtt://h:x", "mqtt://h:0", "mqtt://h:99999", "mqtt://h:-1", "mqtt://h/topic",
            "mqtt://h?tls=1", "mqtt://[::1", "mqtt://::1:1883"],
)  # fmt: skip
def test_what_is_no_address_is_an_error_that_shows_it_and_a_right_one(url):
    with pytest.raises(SettingError) as caught:
        BrokerAddress.parse(url)
    assert str(caught.value) == f"{url!r} is no address of a broker; write mqtt://127.0.0.1:1883"


@pytest.mark.parametrize(
    "url", ["mqtt://me:geheim@h", "mqtt://geheim@h:1883", "mqtts://me:gehe@im@h", "mqtt://:geheim@h"]
)  # fmt: skip
def test_a_password_in_the_url_is_refused_and_not_shown(url):
    with pytest.raises(SettingError, match="is no address of a broker") as caught:
        BrokerAddress.parse(url)
    assert "gehe" not in str(caught.value)


def test_the_address_of_a_brokers_pages_is_read_without_a_slash_at_its_end():
    assert pages_url("http://127.0.0.1:8222/") == pages_url("http://127.0.0.1:8222")


@pytest.mark.parametrize("text", ["", "8222", "https://h:1", "http://h", "http://me:geheim@h:1"])
def test_what_is_no_address_of_pages_is_an_error_that_shows_a_right_one_and_no_password(text):
    with pytest.raises(SettingError, match=r"write http://127\.0\.0\.1:8222") as refused:
        pages_url(text)
    assert "geheim" not in str(refused.value)


def test_several_nodes_stand_in_a_row_and_each_has_its_turn():
    nodes = BrokerAddress.parse("mqtts://a, mqtts://b:8884,mqtts://c")
    assert str(nodes) == "mqtts://a:8883,mqtts://b:8884,mqtts://c:8883"
    assert [(nodes.turned(times).host, nodes.turned(times).port) for times in range(4)] == [
        ("a", 8883), ("b", 8884), ("c", 8883), ("a", 8883),
    ]  # fmt: skip
    assert str(nodes.turned(2)) == "mqtts://c:8883,mqtts://a:8883,mqtts://b:8884"
    alone = BrokerAddress.parse("mqtt://a")
    assert alone.turned(7) is alone


def test_one_node_that_is_none_is_told():
    with pytest.raises(SettingError, match="'b:1' is no address"):
        BrokerAddress.parse("mqtt://a,b:1")
