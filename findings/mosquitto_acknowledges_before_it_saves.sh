#!/bin/sh
# Mosquitto: PUBACK means "in memory", also with persistence and with every change to be saved.
#
# One would guess: with `persistence true`, and at the latest with `autosave_on_changes true` and
#   `autosave_interval 1` (save after each change), a QoS 1 message that was acknowledged and waits
#   for a durable session is on disk, so that it outlives the end of the broker.
# What happens: acknowledgements go out first, the save comes at the next turn of the loop and holds
#   what came in until then. A `kill -9` in between loses acknowledged messages: with the settings
#   as Debian ships them all since the last save (half an hour), with a save at each change a few,
#   the more clients publish at once. A regular stop saves, and loses nothing.
# Seen: Mosquitto 2.0.11 (Debian), paho-mqtt 2.2.0, 2026-11-28. 20 clients publish, the broker is
#   killed; ten times at most with a save at each change, as a kill may hit the moment after a save.
# What we do: a plugin that appends each message to a file before the PUBACK, and the faults bench
#   that kills the broker again and again (docs/deployment.md, "Which broker").
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
"$dir/venv/bin/pip" install -q --disable-pip-version-check paho-mqtt==2.2.0

cat >"$dir/kills.py" <<'PYTHON'
import pathlib
import socket
import subprocess
import sys
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

folder, mosquitto = pathlib.Path(sys.argv[1]), sys.argv[2]
TRUCKS, ENOUGH, TIMES = 20, 300, 10


def wait(condition, limit_s=10.0):
    end = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.001)
    return condition()


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class Broker:
    def __init__(self, home, settings):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (home / "mosquitto.conf").write_text(
            f"user root\nlistener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
            f"persistence true\npersistence_location {home}/\n{settings}"
        )
        with (home / "log").open("ab") as log:
            self.process = subprocess.Popen([mosquitto, "-c", home / "mosquitto.conf"], stdout=log, stderr=log)
        if not wait(lambda: answers(self.port)):
            self.end()
            sys.exit((home / "log").read_text())

    def end(self, kill=False):
        self.process.kill() if kill else self.process.terminate()
        self.process.wait()


def connected(port, name, clean, **callbacks):
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean, reconnect_on_failure=False)
    for event, callback in callbacks.items():
        setattr(client, event, callback)
    client.connect("127.0.0.1", port)
    client.loop_start()
    wait(client.is_connected)
    return client


def leave(client):
    client.disconnect()
    client.loop_stop()


def read(port, seconds):
    """Take the session up and give all that waits in it."""
    came, subscribed = [], []
    reader = connected(
        port, "reader", False,
        on_message=lambda _, __, message: came.append(message.payload.decode()),
        on_subscribe=lambda *_: subscribed.append(True),
    )
    reader.subscribe("fleet/+/ping", 1)
    wait(lambda: subscribed)
    last = -1
    while len(came) > last:  # until no more come
        last = len(came)
        time.sleep(seconds)
    leave(reader)
    return set(came)


def lost(home, settings, kill):
    """How many were acknowledged, and how many of them did not come."""
    home.mkdir()
    broker = Broker(home, settings)
    try:
        read(broker.port, 0.2)
        broker.end()  # has the session saved, whatever the settings
        broker = Broker(home, settings)
        acknowledged = set()

        def truck(number):
            return connected(
                broker.port, f"truck-{number}", True,
                on_publish=lambda _, __, mid, *___: acknowledged.add((number, mid)),
            )

        trucks, sent = [truck(number) for number in range(TRUCKS)], {}
        for turn in range(2 * ENOUGH // TRUCKS):
            for number, client in enumerate(trucks):
                text = f"{number}-{turn}"
                sent[number, client.publish("fleet/A/ping", text, 1).mid] = text
            if len(acknowledged) >= ENOUGH:
                break
        wait(lambda: len(acknowledged) >= ENOUGH)
        broker.end(kill=kill)
        for client in trucks:
            leave(client)
        promised = {sent[each] for each in acknowledged}
        broker = Broker(home, settings)
        return len(promised), len(promised - read(broker.port, 1.0))
    finally:
        broker.end()


everything = "autosave_on_changes true\nautosave_interval 1\n"
regular = lost(folder / "regular", "", kill=False)
print("settings as they come, regular stop: {} acknowledged, {} of them lost".format(*regular))
shipped = lost(folder / "shipped", "", kill=True)
print("settings as they come, kill -9:      {} acknowledged, {} of them lost".format(*shipped))
for number in range(1, TIMES + 1):
    strongest = lost(folder / f"strongest-{number}", everything, kill=True)
    print(f"a save at each change, kill -9 no. {number}: {{}} acknowledged, {{}} of them lost".format(*strongest))
    if strongest[1]:
        break
if regular[1] or shipped[0] != shipped[1] or not strongest[1]:
    sys.exit("no longer as described")
print("as described: acknowledged messages were lost, also with a save at each change")
PYTHON
version=$("$mosquitto" -h | sed -n 's/^mosquitto version //p')
echo "Mosquitto $version"
[ "$version" = 2.0.11 ] || echo "(described for Mosquitto 2.0.11)"
"$dir/venv/bin/python" "$dir/kills.py" "$dir" "$mosquitto"
