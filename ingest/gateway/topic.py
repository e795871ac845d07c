"""A topic that a gateway is to publish to: it names one place, as a broker takes it."""

from ingest.fault import SettingError

LONGEST_BYTES = 1024
"""MQTT allows 65,535; what is longer than this was not meant."""


def check_topic(topic: str) -> str:
    """Give a topic back that can be published to.

    Raises
    ------
    SettingError
        If it is none, or would mean many.
    """
    if not topic or len(topic.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
        raise SettingError(f"{topic[:80]!r} is no topic; write one, such as gateway/trackers")
    if any(character in topic for character in "+#\0"):
        raise SettingError(f"{topic!r} is a pattern of topics; write a topic without + and #")
    if topic.startswith("$"):
        raise SettingError(f"{topic!r} is the broker's own; write a topic that begins otherwise")
    return topic
