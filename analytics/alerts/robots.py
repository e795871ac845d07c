"""Robots of group chats at WeCom and DingTalk, which say in the body alone what they refuse.

Both answer HTTP 200 to whatever comes, take 20 messages a minute, and count bytes where others
count characters. Apprise knows how their URLs are written; what it posts it takes for sent at any
HTTP 200, and it encodes DingTalk's signature twice, see `findings/`. So the posting is done here.
"""

import base64
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.wecombot import NotifyWeComBot

from analytics.alerts.channel import DeliveryError
from analytics.alerts.outbox import Outgoing

A_MINUTE = 20
"""Messages that either robot takes within a minute."""
_MINUTE_MS, _SETTING_MS = 60_000, 15 * 60_000
WAITS_MS = {
    "wecombot": {
        45009: _MINUTE_MS,  # too many in a minute
        93000: _SETTING_MS,  # no such key: somebody has to mend the settings
    },
    "dingtalk": {
        130101: 10 * _MINUTE_MS,  # too many in a minute, which is punished by ten
        310000: _SETTING_MS,  # its keyword, signature or address is not what the group wants
        300001: _SETTING_MS,  # no such token
        300005: _SETTING_MS,  # no such token, either
    },
}
"""By the code that refuses: how long no other try can succeed."""
MOST_BYTES = {"wecombot": 2048, "dingtalk": 19_000}
"""Of a text in UTF-8: WeCom counts the text, DingTalk the whole request of 20,000."""


@dataclass(frozen=True, slots=True)
class Post:
    """What is posted to a robot."""

    url: str
    params: dict[str, str]
    payload: dict[str, Any]


class RobotChannel:
    """A robot of a group chat.

    Parameters
    ----------
    plugin
        What Apprise made of its URL.
    mask
        Takes the parts of the URL out of a text.
    clock_s
        Seconds that only go on.
    wall_s
        Seconds since 1970, for DingTalk's signature.
    """

    def __init__(
        self,
        plugin: NotifyWeComBot | NotifyDingTalk,
        name: str,
        timeout_s: float,
        mask: Callable[[str], str],
        clock_s: Callable[[], float] = time.monotonic,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self.name, self._wall_s = name, wall_s
        self._plugin, self._timeout_s, self._mask, self._clock_s = plugin, timeout_s, mask, clock_s
        self._kind = str(plugin.secure_protocol)
        self._posted_s: deque[float] = deque(maxlen=A_MINUTE)

    def send(self, outgoing: Sequence[Outgoing]) -> Iterator[None]:
        """Send texts one after the other, a long one in parts."""
        for each in outgoing:
            parts = parts_of(f"{each.title}\n{each.body}".strip(), MOST_BYTES[self._kind])
            self._pace(min(len(parts), A_MINUTE))
            for part in parts:
                self._post(part)
            yield

    def _pace(self, count: int) -> None:
        """Wait for no answer that is known: so many more would be too many."""
        free = A_MINUTE - len(self._posted_s) + sum(
            self._clock_s() - at_s >= 60.0 for at_s in self._posted_s
        )  # fmt: skip
        if count > free:
            raise DeliveryError(
                f"it takes {A_MINUTE} messages a minute; the others wait",
                wait_ms=_MINUTE_MS,
                is_paced=True,
            )

    def _post(self, text: str) -> None:
        self._posted_s.append(self._clock_s())
        post = post_of(self._plugin, text, self._wall_s())
        try:
            answer = requests.post(
                post.url,
                params=post.params,
                data=json.dumps(post.payload, ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json; charset=utf-8"},
                verify=self._plugin.verify_certificate,
                timeout=self._timeout_s,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise DeliveryError(
                f"{type(error).__name__}: {self._mask(str(error))[:200]}"
            ) from error
        if answer.status_code != requests.codes.ok:
            code = f"HTTP {answer.status_code}"
            raise DeliveryError(code, code=code)
        self._check(answer.content)

    def _check(self, content: bytes) -> None:
        try:
            told = json.loads(content)
            code = int(told["errcode"])
        except (ValueError, TypeError, KeyError) as error:
            raise DeliveryError(
                "its answer has no errcode, so it is not the robot's; see whether a proxy answers",
                code="no errcode",
            ) from error
        if code:
            words = self._mask(str(told.get("errmsg", "")))[:200]
            raise DeliveryError(
                f"errcode {code}: {words}",
                code=str(code),
                wait_ms=WAITS_MS[self._kind].get(code, 0),
            )


def post_of(plugin: NotifyWeComBot | NotifyDingTalk, text: str, now_s: float) -> Post:
    """Put a text into the form a robot takes.

    DingTalk's signature is HMAC-SHA256 of the instant and the secret, in Base64.
    """
    if isinstance(plugin, NotifyWeComBot):
        return Post(plugin.api_url, {}, {"msgtype": "text", "text": {"content": text}})
    params = {}
    if plugin.secret:
        instant = str(round(1000.0 * now_s))
        key, said = plugin.secret.encode(), f"{instant}\n{plugin.secret}".encode()
        digest = hmac.new(key, said, hashlib.sha256).digest()
        params = {"timestamp": instant, "sign": base64.b64encode(digest).decode()}
    payload = {
        "msgtype": "text",
        "text": {"content": text},
        "at": {"atMobiles": plugin.targets, "isAtAll": False},
    }
    return Post(plugin.notify_url.format(token=plugin.token), params, payload)


def parts_of(text: str, most_bytes: int) -> list[str]:
    """Cut a text into parts of so many bytes in UTF-8 at most, where lines end if that can be.

    No character is cut, and the parts in order are the text but for the line ends between them.
    """
    parts = []
    rest = text
    while len(rest.encode()) > most_bytes:
        fits = len(rest.encode()[:most_bytes].decode(errors="ignore"))
        at = rest.rfind("\n", 0, fits + 1)
        cut = at if at > 0 else fits
        parts.append(rest[:cut])
        rest = rest[cut + (at > 0) :]
    return [*parts, rest]
