from ingest.broker.upkeep.backlog import Backlog, Waiting, backlog_in

OURS = "YhrlF6Ot"
"""How nats-server begins the names of what it keeps for pingcheng-ingest."""


def consumer(name, subject, pending, delivered, floor):
    return {
        "name": name,
        "config": {"filter_subject": f"$MQTT.msgs.{subject}"},
        "num_pending": pending,
        "num_ack_pending": delivered,
        "ack_floor": {"stream_seq": floor},
    }


def told(*consumers, newest=0):
    streams = [
        {"name": "$MQTT_sess", "state": {"last_seq": 99}},
        {"name": "$MQTT_msgs", "state": {"last_seq": newest}, "consumer_detail": consumers},
    ]
    return {"account_details": [{"stream_detail": streams}]}


def test_what_waits_is_what_the_session_has_not_acknowledged_delivered_or_not():
    answer = told(
        consumer(f"{OURS}_a", "fleet.*.ping", 5, 3, 12),
        consumer(f"{OURS}_b", "flespi.>", 1, 0, 4),
        consumer("AAAAAAAA_c", "fleet.*.ping", 1000, 0, 0),
        newest=20,
    )
    found = backlog_in(answer, "pingcheng-ingest")
    assert found == Backlog((Waiting("fleet.*.ping", 8, 12), Waiting("flespi.>", 1, 4)), 20)
    assert found.count == 9


def test_a_broker_that_never_took_a_message_has_none_that_wait():
    assert backlog_in({"account_details": []}, "pingcheng-ingest") == Backlog((), 0)


def test_what_came_later_does_not_keep_the_rest_from_being_done():
    backlog = Backlog((Waiting("fleet.*.ping", 8, 12), Waiting("flespi.>", 0, 0)), 20)
    assert backlog.is_done_to(12)
    assert not backlog.is_done_to(13)


def test_a_session_keeps_what_it_has_subscribed_to():
    backlog = Backlog((Waiting("fleet.*.ping", 0, 0), Waiting("a", 0, 0), Waiting("a.>", 0, 0)), 0)
    assert backlog.keeps(["fleet/+/ping", "a/#"])
    assert not backlog.keeps(["fleet/+/ping", "owntracks/+/+"])
