from geofence.overrides.overrides import Cut, Join, Unused


def test_what_a_decision_makes_is_named_after_what_it_uses_up():
    cut, join = Cut("w12-001", (113.3, 40.1)), Join(("w1-1", "w2-1/2"))
    assert (cut.inputs, cut.outputs) == (("w12-001",), ("w12-001/1", "w12-001/2"))
    assert (join.inputs, join.outputs) == (("w1-1", "w2-1/2"), ("w1-1+w2-1/2",))


def test_an_unused_decision_is_one_line():
    unused = Unused("cut[3]", "w1", "the map has no section w1")
    assert str(unused) == "overrides.toml: cut[3] (w1): the map has no section w1"
