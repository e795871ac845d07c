"""Texts as they may be shown: without the passwords in them."""

import re
from collections.abc import Iterable

HIDDEN = "***"
_LEAST = 4
"""A secret shorter than this is not looked for: it would be found in other words."""
_KEPT_BACK = r"[^=&?;\s'\"]*(?:passw|pwd|secret|token)[^=&?;\s'\"]*"
_USER_INFO = re.compile(r"(?<=//)\S*@")
_SECRET_OPTION = re.compile(rf"({_KEPT_BACK}=)[^&;\s'\"]*", re.IGNORECASE)
_BEFORE_HOST = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:/*)?.*@", re.DOTALL)
_PASSWORD_IN_URL = re.compile(r"//[^/:\s]*:\S+@")


def is_secret_name(name: str) -> bool:
    """Whether an option of this name, as in ``?password=``, has a secret for its value."""
    return re.fullmatch(_KEPT_BACK, name, re.IGNORECASE) is not None


def has_password(url: str) -> bool:
    """Whether a URL has a password in it, before the host or among its options."""
    return bool(_PASSWORD_IN_URL.search(url) or _SECRET_OPTION.search(url))


def without_secrets(text: str) -> str:
    """Hide in any text what stands where URLs have names and passwords, and such options."""
    return _SECRET_OPTION.sub(rf"\1{HIDDEN}", _USER_INFO.sub(f"{HIDDEN}@", text))


def url_without_secrets(url: str) -> str:
    """Hide in a text that should be a URL, however it is broken, all that may be a password.

    That is what stands before its last @, but for the scheme, and options such as ``?password=``.
    """
    return without_secrets(_BEFORE_HOST.sub(rf"\1{HIDDEN}@", url))


def without(secrets: Iterable[str], text: str) -> str:
    """Hide known secrets in a text that somebody else wrote, such as a driver."""
    for secret in secrets:
        if len(secret) >= _LEAST:
            text = text.replace(secret, HIDDEN)
    return text
