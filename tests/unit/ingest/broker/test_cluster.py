import pytest

from ingest.broker.cluster import Cluster
from ingest.fault import SettingError

NODES = "10.0.0.1:6222, 10.0.0.2:6222,10.0.0.3:6223"


def test_every_node_is_told_all_of_them_and_listens_where_it_is():
    lines = Cluster.parse(NODES, 3).lines()
    assert '  listen: "10.0.0.3:6223"' in lines
    routes = [line.strip() for line in lines if "nats://" in line]
    assert routes == [f'"nats://10.0.0.{each}"' for each in ("1:6222", "2:6222", "3:6223")]
    assert not any("authorization" in line for line in lines)


def test_nodes_have_names_of_their_own():
    assert [Cluster.parse(NODES, number).name for number in (1, 2, 3)] == [
        "pingcheng-1", "pingcheng-2", "pingcheng-3",
    ]  # fmt: skip


def test_nodes_that_have_the_same_key_know_each_other_by_a_secret_that_is_not_the_key(tmp_path):
    (tmp_path / "server.key").write_text("the key", encoding="ascii")
    (tmp_path / "other.key").write_text("another", encoding="ascii")
    one, two = (Cluster.parse(NODES, each).knowing(tmp_path / "server.key") for each in (1, 2))
    assert one.secret == two.secret
    assert one.secret != Cluster.parse(NODES, 1).knowing(tmp_path / "other.key").secret
    text = "\n".join(one.lines())
    assert text.count(one.secret) == 4  # its own door, and three to knock at
    assert "the key" not in text
    assert one.secret not in repr(one)


def test_a_key_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(SettingError, match=r"server\.key: it cannot be read"):
        Cluster.parse(NODES, 1).knowing(tmp_path / "server.key")


@pytest.mark.parametrize(
    ("text", "number", "told"),
    [
        ("10.0.0.1:6222", 1, "has 1 different nodes; a majority of 3"),
        ("a:1,b:1,a:1", 1, "has 2 different nodes"),
        ("a:1,b:1,c:1,d:1", 1, "has 4 different nodes"),
        ("a:1,b:1,c", 1, "'c' is no node; write 10.0.0.1:6222"),
        ("a:1,b:1,c:70000", 1, "'c:70000' is no node"),
        ("a:1,b:1,c:1", 4, "there is no node 4; there are 1 to 3"),
    ],
)
def test_what_is_no_row_of_nodes_is_told_with_the_remedy(text, number, told):
    with pytest.raises(SettingError) as raised:
        Cluster.parse(text, number)
    assert told in str(raised.value)


def test_an_address_of_ipv6_is_written_in_brackets():
    assert '  listen: "[fd00::1]:6222"' in Cluster.parse("[fd00::1]:6222,b:1,c:1", 1).lines()
