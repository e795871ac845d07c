"""Robots of group chats, posted to over real HTTP: what they refuse with HTTP 200 is not sent."""

import base64
import hashlib
import hmac
import json
import warnings

import pytest
from apprise import Apprise
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.wecombot import NotifyWeComBot
from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts.channel import DeliveryError
from analytics.alerts.outbox import Outgoing
from analytics.alerts.robots import A_MINUTE, RobotChannel, parts_of
from tests.fixtures.web_hook import SECRET, WebHook

TAKEN = b'{"errcode": 0, "errmsg": "ok"}'
URLS = {"wecombot": f"wecombot://{SECRET}", "dingtalk": "dingtalk://abcdefgh12345678"}


def refusal(code, words="no"):
    return json.dumps({"errcode": code, "errmsg": words}).encode()


def said(title="【临期】JY01", body="云中街"):
    return Outgoing("1", "robot", title, body)


@pytest.fixture
def hook(monkeypatch):
    with WebHook() as running:
        running.said = TAKEN
        monkeypatch.setattr(NotifyWeComBot, "notify_url", f"http://{running.place}?key={{key}}")
        monkeypatch.setattr(
            NotifyDingTalk, "notify_url", f"http://{running.place}?access_token={{token}}"
        )
        yield running


def robot(url, clock_s=lambda: 0.0):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of plug-ins that are not ours
        (plugin,) = Apprise([url])
    return RobotChannel(plugin, "robot", 5.0, lambda text: text.replace(SECRET, "***"), clock_s)


def refused(channel, *outgoing):
    with pytest.raises(DeliveryError) as caught:
        list(channel.send(outgoing or [said()]))
    return caught.value


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_a_robot_takes_a_text_with_its_title_on_the_first_line(hook, url):
    assert len(list(robot(url).send([said(), said(body="魏都大道")]))) == 2
    texts = [each["text"]["content"] for each in hook.taken]
    assert texts == ["【临期】JY01\n云中街", "【临期】JY01\n魏都大道"]


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_what_a_robot_refuses_with_http_200_is_not_sent(hook, url):
    hook.said = refusal(40058, f"invalid {SECRET}")
    error = refused(robot(url))
    assert (error.code, error.is_paced) == ("40058", False)
    assert str(error) == "errcode 40058: invalid ***"


@pytest.mark.parametrize(
    ("kind", "code", "minutes"),
    [("wecombot", 45009, 1), ("dingtalk", 130101, 10), ("wecombot", 93000, 15), ("dingtalk", 1, 0)],
)
def test_how_long_a_refusal_lasts_its_code_tells(hook, kind, code, minutes):
    hook.said = refusal(code)
    assert refused(robot(URLS[kind])).wait_ms == minutes * 60_000


@pytest.mark.parametrize("answer", [b"", b"<html>login</html>", b"[]", b'{"errcode": "?"}'])
def test_an_answer_that_is_not_the_robots_is_no_consent(hook, answer):
    hook.said = answer
    assert refused(robot(URLS["wecombot"])).code == "no errcode"


def test_any_other_status_is_a_refusal(hook):
    hook.answer = 502
    assert refused(robot(URLS["wecombot"])).code == "HTTP 502"


def test_a_robot_that_is_not_there_is_told_without_its_key(monkeypatch):
    monkeypatch.setattr(NotifyWeComBot, "notify_url", "http://127.0.0.1:9/{key}")
    error = refused(robot(URLS["wecombot"]))
    assert str(error).startswith("ConnectionError: ")
    assert SECRET not in str(error)


def test_after_a_refusal_nothing_more_is_sent_and_what_was_taken_is_known(hook):
    hook.said = [TAKEN, refusal(45009), TAKEN]
    taken = robot(URLS["wecombot"]).send([said(), said(), said()])
    next(taken)
    with pytest.raises(DeliveryError):
        next(taken)
    assert len(hook.taken) == 2


def test_no_more_is_sent_in_a_minute_than_a_robot_takes(hook):
    now_s = [0.0]
    channel = robot(URLS["dingtalk"], lambda: now_s[0])
    error = refused(channel, *[said()] * (A_MINUTE + 1))
    assert (error.is_paced, error.wait_ms, len(hook.taken)) == (True, 60_000, A_MINUTE)
    now_s[0] = 59.0
    assert refused(channel).is_paced
    now_s[0] = 60.0
    assert len(list(channel.send([said()]))) == 1


def test_a_long_text_comes_in_parts_of_the_bytes_that_wecom_takes_in_order(hook):
    body = "\n".join(f"{number:03d} 云中街南段、魏都大道展览馆、北环路" for number in range(120))
    list(robot(URLS["wecombot"]).send([said(body=body)]))
    texts = [each["text"]["content"] for each in hook.taken]
    assert len(texts) > 2
    assert max(len(text.encode()) for text in texts) <= 2048
    assert "\n".join(texts) == f"【临期】JY01\n{body}"


@given(text=st.text(st.sampled_from("云a\n🚛"), max_size=60), most_bytes=st.integers(4, 40))
def test_parts_are_the_text_but_for_the_line_ends_between_them(text, most_bytes):
    parts = parts_of(text, most_bytes)
    assert all(len(part.encode()) <= most_bytes for part in parts)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")
    assert parts_of(text, len(text.encode()) + 1) == [text]


def test_a_signature_reaches_dingtalk_as_it_was_reckoned(hook):
    list(robot("dingtalk://SECabc123@abcdefgh12345678").send([said()]))
    (asked,) = hook.asked
    (instant,), (sign,) = asked["timestamp"], asked["sign"]
    digest = hmac.new(b"SECabc123", f"{instant}\nSECabc123".encode(), hashlib.sha256).digest()
    assert sign == base64.b64encode(digest).decode()
    assert asked["access_token"] == ["abcdefgh12345678"]
