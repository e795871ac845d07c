#!/bin/sh
# psycopg: binary COPY is the slow way to read many rows, though it is the fast way to write them.
#
# One would guess: `COPY (SELECT ...) TO STDOUT (FORMAT BINARY)` takes less of the client than a
#   SELECT, of which each number comes as a text and becomes an object of Python: the bytes of a
#   COPY need only be put together, and NumPy reads numbers out of them.
# What happens: the server sends each row in a message of its own, and psycopg hands each out by
#   itself, through its loop that waits for the server. To take the bytes, without a look at them,
#   is nearly twice as much work as `fetchall` of all rows as tuples.
# Seen: psycopg 3.3.9 with its binary package, PostgreSQL 15.18, 2026-11-30; the least CPU seconds of
#   the client in five runs, by turns.
# What we do: pings are written by COPY and read by SELECT, some hundred rows at a time, which
#   become columns while they are in the cache (ingest/log/rows.py).
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if ! [ -x "${bin:-/nowhere}/postgres" ]; then
    echo "PostgreSQL is not installed; on Debian: apt-get install postgresql" >&2
    exit 2
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
chmod 0755 "$dir"
# PostgreSQL does not run as root
if [ "$(id -u)" = 0 ]; then as="runuser -u nobody --"; else as=""; fi

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check psycopg==3.3.9 psycopg-binary==3.3.9

mkdir "$dir/db"
if [ -n "$as" ]; then chown nobody "$dir/db"; fi
$as "$bin/initdb" -D "$dir/db/data" -U postgres -A trust --no-sync >/dev/null

cat >"$dir/read.py" <<'PYTHON'
import contextlib
import os
import signal
import subprocess
import sys
import time

import psycopg

ROWS, TIMES, LEAST_RATIO = 200_000, 5, 1.2
COLUMNS = (
    "'truck ' || n % 50 AS truck, n AS instant, 113 + n / 7e6::float8 AS longitude, "
    "40 + n / 9e6::float8 AS latitude, n / 3e4::float8 AS speed, NULL::float8 AS accuracy"
)


def fetched(cursor):
    return len(cursor.execute("SELECT * FROM fixes").fetchall())


def copied(cursor):
    with cursor.copy("COPY (SELECT * FROM fixes) TO STDOUT (FORMAT BINARY)") as copy:
        return len(b"".join(copy))


@contextlib.contextmanager
def running(folder, program):
    told = {"listen_addresses": "", "unix_socket_directories": folder, "fsync": "off"}
    options = [f"--{name}={value}" for name, value in told.items()]
    with open(f"{folder}/../log", "wb") as log:
        user = "nobody" if os.getuid() == 0 else None
        server = subprocess.Popen(
            [program, "-D", f"{folder}/data", *options], stderr=log, user=user
        )
    try:
        yield server
    finally:
        server.send_signal(signal.SIGINT)  # it does not wait for clients to leave
        server.wait()


def connected(folder, server):
    while True:
        try:
            return psycopg.connect(host=folder, user="postgres", dbname="postgres")
        except psycopg.OperationalError:
            assert server.poll() is None, "the server does not start"
            time.sleep(0.1)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
folder, program = sys.argv[1:]
with running(folder, program) as server, connected(folder, server) as connection:
    cursor = connection.cursor()
    print("psycopg", psycopg.__version__, psycopg.pq.__impl__, end=", ")
    print("PostgreSQL", connection.info.parameter_status("server_version"))
    cursor.execute(f"CREATE TABLE fixes AS SELECT {COLUMNS} FROM generate_series(1, {ROWS}) n")
    least = {}
    for _ in range(TIMES):
        for way in (fetched, copied):
            begun = time.process_time()
            way(cursor)
            took = time.process_time() - begun
            least[way] = min(took, least.get(way, took))
print(f"fetchall of {ROWS} rows as tuples: {least[fetched]:.2f} s")
print(f"bytes of a binary COPY, unread:    {least[copied]:.2f} s")
sys.exit(least[copied] < LEAST_RATIO * least[fetched])
PYTHON
"$dir/venv/bin/python" "$dir/read.py" "$dir/db" "$bin/postgres"
