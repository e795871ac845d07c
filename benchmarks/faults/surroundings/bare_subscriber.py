"""What throughput is compared with: a paho subscriber that counts and does nothing else.

    python -m benchmarks.faults.surroundings.bare_subscriber HOST PORT CLIENT_ID COUNT

Prints the seconds from its first message to the last of COUNT, with a persistent session, QoS 1
and paho's own acknowledgements. With COUNT 0 it only makes the session.
"""

import sys
import threading
import time

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.decoding.wire import TOPIC_FILTER


def main() -> None:
    """Connect, count and print."""
    host, port, client_id, wanted = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    done = threading.Event()
    count, first_s, last_s = 0, 0.0, 0.0

    def on_connect(
        client: Client, _: object, __: ConnectFlags, ___: ReasonCode, ____: Properties | None
    ) -> None:
        client.subscribe(TOPIC_FILTER, qos=1)

    def on_subscribe(*_: object) -> None:
        if not wanted:
            done.set()

    def on_message(_: Client, __: object, ___: MQTTMessage) -> None:
        nonlocal count, first_s, last_s
        if not count:
            first_s = time.monotonic()
        count += 1
        if count == wanted:
            last_s = time.monotonic()
            done.set()

    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=False,
        protocol=MQTTProtocolVersion.MQTTv311,
    )
    client.on_connect, client.on_subscribe, client.on_message = on_connect, on_subscribe, on_message
    client.connect(host, port)
    client.loop_start()
    done.wait()
    time.sleep(0.2)  # the last acknowledgements go out
    client.disconnect()
    client.loop_stop()
    print(last_s - first_s)


if __name__ == "__main__":
    main()
