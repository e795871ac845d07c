#!/bin/sh
# asyncio: a listener that one makes oneself gives connections that wait with what they send.
#
# One would guess: asyncio turns Nagle's algorithm off for all TCP connections, as its documentation
#   says (since Python 3.6 TCP_NODELAY is set by default), so also for those of a listener that is
#   handed in as sock=, or as sockets= to uvicorn.
# What happens: it is set only if the protocol number of the socket is IPPROTO_TCP. socket.socket()
#   and socket.create_server() make sockets with protocol 0, and what they accept has 0 too. uvicorn
#   writes head and body of an answer one after the other; the body then waits until the client has
#   acknowledged the head, which a client on a kept connection delays by 40 ms. An answer without a
#   body is as quick as ever. What asyncio or uvicorn listen at by host and port is quick as well.
# Seen: uvicorn 0.54.0 with h11 0.16.0 on Python 3.11.7 and Linux, 2026-11-30.
# What we do: the listener of all our web servers has TCP_NODELAY itself, and hands it down
#   (ingest/web/server.py).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check uvicorn==0.54.0 h11==0.16.0

cat >"$dir/serve.py" <<'PYTHON'
import http.client
import socket
import statistics
import sys
import threading
import time

import h11
import uvicorn


async def app(scope, receive, send):
    """Answer with a short body."""
    if scope["type"] != "http":
        return
    head = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b"ok"})


def median_ms(listener):
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", http="h11"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    client = http.client.HTTPConnection(*listener.getsockname())
    taken = []
    for _ in range(60):
        begun = time.perf_counter()
        client.request("GET", "/")
        client.getresponse().read()
        taken.append(time.perf_counter() - begun)
    client.close()
    server.should_exit = True
    thread.join()
    return 1000 * statistics.median(taken)


def listener_of(protocol):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


print("Python", sys.version.split()[0], "uvicorn", uvicorn.__version__, "h11", h11.__version__)
made = socket.create_server(("127.0.0.1", 0))
print(f"protocol of create_server's: {made.proto}, of TCP: {socket.IPPROTO_TCP}")
usual, named = median_ms(made), median_ms(listener_of(socket.IPPROTO_TCP))
own = listener_of(0)
own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
handed_down = median_ms(own)
print("an answer of 2 bytes on a kept connection, median of 60, in ms:")
print(f"  socket.create_server():             {usual:.1f}")
print(f"  socket.socket(..., IPPROTO_TCP):    {named:.1f}")
print(f"  TCP_NODELAY set on the listener:    {handed_down:.1f}")
if made.proto != 0 or usual < 30 or named > 20 or handed_down > 20:
    sys.exit("no longer as described")
print("as described: connections of create_server() wait for the client's acknowledgement")
PYTHON
"$dir/venv/bin/python" "$dir/serve.py"
