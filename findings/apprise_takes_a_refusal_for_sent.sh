#!/bin/sh
# Apprise: a message that a WeCom or DingTalk robot refuses counts as sent, and WeCom's limit of
#   2,048 bytes is held in characters.
#
# One would guess: notify() is True if the service took the message, and body_maxlen = 2048, of
#   which the plug-in's comment says bytes, keeps a text within what WeCom takes.
# What happens: these robots answer HTTP 200 to whatever comes and put the refusal (too many in a
#   minute, text too long, no such key) into errcode of the body. The plug-ins for WeCom and DingTalk
#   look at the status alone, those for Feishu and WeChat at the body too. Of a Chinese text of 2,000
#   characters 6,000 bytes are posted in one piece, which the real service refuses, and notify() is
#   True.
# Seen: apprise 2.3.0, 2026-11-29.
# What we do: Apprise reads the URL, and analytics/alerts/robots.py posts: it reads errcode, waits as
#   long as the code says, and cuts by bytes.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -q --disable-pip-version-check apprise==2.3.0

cat >"$dir/robots.py" <<'PYTHON'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from urllib.parse import urlunsplit

from apprise import Apprise
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

sizes = []


class Refusing(BaseHTTPRequestHandler):
    def do_POST(self):
        posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sizes.append(len(str(posted.get("text", {}).get("content", "")).encode()))
        said = b'{"errcode": 45009, "code": 45009, "errmsg": "api freq out of limit"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Refusing)
threading.Thread(target=server.serve_forever, daemon=True).start()
place = urlunsplit(("http", f"127.0.0.1:{server.server_port}", "/", "", ""))
NotifyWeComBot.notify_url = place + "?key={key}"
NotifyDingTalk.notify_url = place + "?access_token={token}"
NotifyFeishu.notify_url = place + "{token}/"


def is_sent(url, body="a street was missed"):
    apprise = Apprise()
    assert apprise.add(url)
    return bool(apprise.notify(body=body))


told = {
    "apprise": version("apprise"),
    "wecom": is_sent("wecombot://some-key"),
    "dingtalk": is_sent("dingtalk://abcdefgh12345678"),
    "feishu": is_sent("feishu://some-token"),
}
sizes.clear()
told["wecom, 2,000 characters"] = is_sent("wecombot://some-key", "\u4e91" * 2000)
told["bytes posted"] = list(sizes)
for name, value in told.items():
    print(f"{name}: {value}")
expected = [True, True, False, True, [6000]]
raise SystemExit(0 if list(told.values())[1:] == expected else "this has changed")
PYTHON
"$dir/venv/bin/python" "$dir/robots.py"
