"""Settings whose value is `True`, or a dict of options.

The options of a feature are the fields of a `Struct`: their names, types, limits and
defaults. What does not fit is an error before the app serves.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar, get_args

import msgspec

from .errors import SettingsError
from .spelling import close_matches

Options = TypeVar("Options", bound=msgspec.Struct)

_AT: Final = r" - at `\$\.?(?P<place>[^`]*)`$"
# What msgspec calls by the names of JSON.
_WORDS: Final = {"array": "list", "object": "dict", "null": "None"}
_CODE: Final = "`([^`]*)`"


def read_options(setting: str, value: object, kind: type[Options]) -> Options:
    """Read the options of a feature.

    Args:
        setting: Its name, for messages.
        value: `True` for the defaults, or a mapping of options.
        kind: Which options there are.

    Raises:
        SettingsError: If an option is unknown, missing, or not accepted.
    """
    given: Mapping[Any, Any] = value if isinstance(value, Mapping) else {}
    check_names(setting, given, kind.__struct_fields__)
    try:
        return msgspec.convert({name: _plain(it) for name, it in given.items()}, kind)
    except msgspec.ValidationError as exc:
        raise SettingsError(_explain(setting, str(exc), given, kind)) from None


def _plain(value: object) -> object:
    """Sequences of other kinds as lists, such as `CommaSeparatedStrings`."""
    other = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    return list(value) if other else value  # type: ignore[call-overload]


def check_names(setting: str, given: Mapping[Any, Any], known: tuple[str, ...]) -> None:
    """Refuse options that there are not.

    Raises:
        SettingsError: With what was probably meant.
    """
    for name in given:
        if name in known:
            continue
        near = close_matches(str(name).lower(), known)
        hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(known)}."
        raise SettingsError(f"Setting {setting} has no option {name!r}. {hint}")


def _explain(
    setting: str, problem: str, given: Mapping[Any, Any], kind: type[msgspec.Struct]
) -> str:
    found = re.search(_AT, problem)
    place = found["place"] if found else ""
    problem = re.sub(_AT, "", problem)
    problem = re.sub(_CODE, lambda it: _in_python(it[1]), problem)
    problem = problem[0].lower() + problem[1:]
    name = re.split(r"[.\[]", place)[0]
    choices = get_args(kind.__annotations__.get(name))
    if problem.startswith("invalid enum value"):
        problem = f"expected {' or '.join(map(repr, choices))}, got {given[name]!r}"
    if "got" not in problem and name in given:
        problem += f", got {type(given[name]).__name__}"
    return f"Setting {setting}: option {place!r} is not accepted: {problem}."


def _in_python(kinds: str) -> str:
    return " | ".join(_WORDS.get(kind, kind) for kind in kinds.split(" | "))
