#!/bin/sh
# Apprise: DingTalk's signature arrives encoded twice, so a robot with a secret gets none that is right.
#
# One would guess: with dingtalk://SECRET@TOKEN the robot is asked with sign=Base64(HMAC-SHA256),
#   percent-encoded once, as DingTalk wants it.
# What happens: the plug-in percent-encodes the signature, and `requests`, to which it hands it as a
#   parameter, does it again. Whoever decodes the query once reads %3D where = belongs, and Base64 of
#   32 bytes always ends with =. The robot must refuse that, with HTTP 200 and an errcode, which
#   counts as sent.
# Seen: apprise 2.3.0 with requests 2.34.2, 2026-11-29.
# What we do: analytics/alerts/robots.py reckons the signature and lets requests encode it.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check apprise==2.3.0 requests==2.34.2

cat >"$dir/signed.py" <<'PYTHON'
import base64
import hashlib
import hmac
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from apprise import Apprise
from apprise.plugins.dingtalk import NotifyDingTalk

asked = []


class Robot(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        asked.append({key: value[0] for key, value in parse_qs(urlsplit(self.path).query).items()})
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Robot)
threading.Thread(target=server.serve_forever, daemon=True).start()
place = f"127.0.0.1:{server.server_port}"
NotifyDingTalk.notify_url = urlunsplit(("http", place, "/", "access_token={token}", ""))
apprise = Apprise()
assert apprise.add("dingtalk://SECabc123@abcdefgh12345678")
taken = bool(apprise.notify(body="a street was missed"))
(query,) = asked
said = f"{query['timestamp']}\nSECabc123".encode()
right = base64.b64encode(hmac.new(b"SECabc123", said, hashlib.sha256).digest()).decode()
print("apprise", version("apprise"), "requests", version("requests"))
print("counts as sent:", taken)
print("as decoded once, it is right:", query["sign"] == right)
print("as decoded twice, it is right:", unquote(query["sign"]) == right)
same = taken and query["sign"] != right and unquote(query["sign"]) == right
raise SystemExit(0 if same else "this has changed")
PYTHON
"$dir/venv/bin/python" "$dir/signed.py"
