"""Bocadillo's own settings: name, default, and what is accepted.

`SETTINGS` is the one table of them. Options inside a setting belong to its feature.
"""

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeGuard

from msgspec import Struct

from .errors import SettingsError

DEBUG_VARIABLE: Final = "BOCADILLO_DEBUG"

_CHECK_ID: Final = r"S[0-9]{3}"
_PREFIX: Final = r"/?[A-Za-z0-9._~@+-]+(?:/[A-Za-z0-9._~@+-]+)*/?"


class Setting(Struct, frozen=True):
    """One built-in setting.

    Attributes:
        default: Its value unless the user sets one.
        accepts: Whether a value can be used.
        accepted: What is accepted, in words.
        live: Whether it is read while serving, so that a test can change it later.
    """

    default: Any
    accepts: Callable[[object], bool]
    accepted: str
    live: bool = False

    def check(self, name: str, value: object) -> None:
        """Refuse a value.

        Raises:
            SettingsError: If it cannot be used.
        """
        if self.accepts(value):
            return
        given = type(value).__name__
        if isinstance(value, int | float):
            given += f" {value}"
        elif isinstance(value, list | tuple | set | frozenset):
            given += _odd_one(value)
        raise SettingsError(f"Setting {name} must be {self.accepted}, not {given}.")


def _odd_one(values: Any) -> str:
    """Which item is not text, of a list that should hold nothing else."""
    kinds = [type(item).__name__ for item in values if not isinstance(item, str)]
    return f" with {kinds[0]}" if kinds else ""


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_number(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and value >= 0  # type: ignore[arg-type,operator]


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_limit(value: object) -> bool:
    return value is None or _is_size(value)


def _is_texts(value: object) -> TypeGuard[Iterable[str]]:
    # Any sequence or set: Starlette's `CommaSeparatedStrings` is one of its own.
    return (
        isinstance(value, Sequence | AbstractSet)
        and not isinstance(value, str | bytes)
        and all(isinstance(item, str) for item in value)
    )


def _is_check_ids(value: object) -> bool:
    return _is_texts(value) and all(re.fullmatch(_CHECK_ID, it) for it in value)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool | Mapping)


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_path(value: object) -> bool:
    return value is None or (isinstance(value, str | os.PathLike) and value != "")


def _is_prefix(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(_PREFIX, value) is not None


_BOOL: Final = "True or False"
_SWITCH: Final = "True, False or a dict of options"
_SECONDS: Final = "a number of seconds, 0 or more"
_LIMIT: Final = "a whole number, 0 or more, or None for no limit"
_TEXTS: Final = "a list of strings"

SETTINGS: Final[Mapping[str, Setting]] = {
    "ALLOWED_HOSTS": Setting(["*"], _is_texts, _TEXTS),
    "CORS": Setting(False, _is_switch, _SWITCH),
    "CSRF": Setting(True, _is_bool, _BOOL),
    "CSRF_TRUSTED_ORIGINS": Setting([], _is_texts, _TEXTS),
    "DEBUG": Setting(False, _is_bool, _BOOL, live=True),
    "GZIP": Setting(False, _is_bool, _BOOL),
    "GZIP_MIN_SIZE": Setting(1024, _is_size, "a whole number of bytes, 0 or more"),
    "HSTS": Setting(False, _is_switch, _SWITCH),
    "MAX_BODY_SIZE": Setting(2_500_000, _is_limit, _LIMIT),
    "MAX_FORM_FIELDS": Setting(1000, _is_limit, _LIMIT),
    "MAX_FORM_FILES": Setting(100, _is_limit, _LIMIT),
    "MAX_UPLOAD_SIZE": Setting(10_000_000, _is_limit, _LIMIT),
    "PLUGINS": Setting([], _is_list, "a list of functions, 'module:function' or dicts"),
    "PROVIDER_MODULES": Setting([], _is_texts, "a list of module names"),
    "REDIRECT_TRAILING_SLASH": Setting(True, _is_bool, _BOOL),
    "SECURITY_HEADERS": Setting(
        True, _is_switch, "True, False or a dict of header names and values"
    ),
    "SESSIONS": Setting(False, _is_switch, _SWITCH),
    "SHUTDOWN_GRACE": Setting(30, _is_number, _SECONDS, live=True),
    "SILENCED_CHECKS": Setting([], _is_check_ids, "a list of check ids such as 'S001'"),
    "SSE_KEEPALIVE": Setting(15, _is_number, _SECONDS),
    "STATIC_CONFIG": Setting({}, _is_mapping, "a dict of WhiteNoise options"),
    "STATIC_DIR": Setting("static", _is_path, "a path, or None for no static files"),
    "STATIC_ROOT": Setting("static", _is_prefix, "a URL prefix such as 'static'"),
    "WEBSOCKET_ORIGINS": Setting([], _is_texts, _TEXTS),
}
"""Every setting that Bocadillo itself reads."""


def debug_from_environment() -> bool:
    """What `BOCADILLO_DEBUG` says; false if it is not set.

    Raises:
        SettingsError: If it is neither true nor false.
    """
    text = os.environ.get(DEBUG_VARIABLE, "").strip().lower()
    if text in ("1", "true", "on", "yes"):
        return True
    if text in ("", "0", "false", "off", "no"):
        return False
    raise SettingsError(
        f"The environment variable {DEBUG_VARIABLE} must be true or false, "
        f"not {text!r}."
    )
