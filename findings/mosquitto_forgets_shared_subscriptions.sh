#!/bin/sh
# Mosquitto: a shared subscription of a durable session does not outlive a restart of the broker.
#
# One would guess: a session that says "session present" after a restart has its subscriptions, those
#   of a group (`$share/GROUP/FILTER`) like all others; and while a member of a group is away, those
#   who are there get what comes.
# What happens: the restarted broker gives the session back, says "session present", and has what
#   waited in it, but the shared subscription is gone without a word. Until the client subscribes
#   again, what comes is acknowledged and dropped. A plain subscription beside it is kept. And a member
#   that is away gets its part all the same, which waits for it however many others are there.
# Seen: Mosquitto 2.0.11 (Debian), paho-mqtt 2.2.0, 2026-12-01, with a regular stop, which saves all.
# What we do: no shared subscriptions. Beside Mosquitto one ingest works, and the others stand by until its
#   lease ends (docs/deployment.md, "From one to three").
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

cat >"$dir/shared.py" <<'PYTHON'
import pathlib
import socket
import subprocess
import sys
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

folder, mosquitto = pathlib.Path(sys.argv[1]), sys.argv[2]
GROUP, PLAIN, COUNT = "$share/ingest/fleet/+/ping", "fleet/+/ping", 100


def wait(condition, limit_s=10.0):
    end = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    PORT = probe.getsockname()[1]
(folder / "mosquitto.conf").write_text(
    f"user root\nlistener {PORT} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
    f"persistence true\npersistence_location {folder}/\n"
)


def start():
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen([mosquitto, "-c", folder / "mosquitto.conf"], stdout=log, stderr=log)
    if not wait(lambda: answers(PORT)):
        process.kill()
        sys.exit((folder / "log").read_text())
    return process


class Member:
    """A durable session."""

    def __init__(self, name):
        self.name, self.got = name, set()

    def come(self, subscribe=None):
        self.present, granted = [], []
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=self.name, clean_session=False)
        self.client.on_connect = lambda _, __, flags, *___: self.present.append(flags.session_present)
        self.client.on_message = lambda _, __, message: self.got.add(message.payload)
        self.client.on_subscribe = lambda *_: granted.append(True)
        self.client.connect("127.0.0.1", PORT)
        self.client.loop_start()
        wait(lambda: self.present)
        if subscribe:
            self.client.subscribe(subscribe, 1)
            wait(lambda: granted)
        return self.present[0]

    def go(self):
        self.client.disconnect()
        self.client.loop_stop()


def publish(word):
    """Publish some and give how many were acknowledged."""
    client = Client(CallbackAPIVersion.VERSION2, client_id="truck")
    client.connect("127.0.0.1", PORT)
    client.loop_start()
    sent = [client.publish("fleet/A/ping", f"{word}-{each}", 1) for each in range(COUNT)]
    for each in sent:
        each.wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
    return sum(each.is_published() for each in sent)


def of(word, *members):
    return sum(each.startswith(word.encode()) for each in set().union(*(one.got for one in members)))


first, second, plain = members = [Member("first"), Member("second"), Member("plain")]
broker = start()
try:
    first.come(GROUP), second.come(GROUP), plain.come(PLAIN)
    first.go()
    away = publish("away")
    wait(lambda: of("away", plain) == COUNT)
    time.sleep(1)
    stranded = COUNT - of("away", second)
    print(f"one of two members away: {away} acknowledged, {stranded} wait for who is away")
    second.go(), plain.go()
    broker.terminate()
    broker.wait()
    broker = start()
    after = publish("after")
    present = [each.come() for each in members]
    wait(lambda: of("after", plain) == COUNT and of("away", first, second) == COUNT)
    time.sleep(1)
    print(f"after a restart, sessions present: {present}; what waited came: {of('away', first, second)}")
    shared, control = of("after", first, second), of("after", plain)
    print(f"after a restart: {after} acknowledged; the group got {shared}, a plain subscription {control}")
    for each in members:
        each.go()
finally:
    broker.terminate()
    broker.wait()
if not (stranded and away == after == control == of("away", first, second) == COUNT and all(present) and not shared):
    sys.exit("no longer as described")
print("as described: sessions are kept and their shared subscriptions are not")
PYTHON
version=$("$mosquitto" -h | sed -n 's/^mosquitto version //p')
echo "Mosquitto $version"
[ "$version" = 2.0.11 ] || echo "(described for Mosquitto 2.0.11)"
"$dir/venv/bin/python" "$dir/shared.py" "$dir" "$mosquitto"
