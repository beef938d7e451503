"""URL patterns: what a user writes between the parentheses of `@app.route`.

| Piece         | Matches                                                       |
|---------------|---------------------------------------------------------------|
| text          | itself                                                        |
| `{name}`      | a segment or a part of one: one character or more, no slash   |
| `{name:path}` | one character or more, slashes included                       |
| `{}`          | the same, but the value is dropped                            |

Several parameters in one segment are greedy from the left, also when nothing stands
between them. A pattern holds at most one `:path` or `{}`. A missing leading slash is
added, except to the bare pattern `{}`, which matches every path.

Pure: text to record, and record to text. What a value means is decided elsewhere.
"""

import keyword
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from msgspec import Struct

from .errors import RouteError
from .segments import Gap, Segment, cut_at_slashes, split_path
from .spelling import close_matches

CONVERTERS = ("path",)
"""The converters that a pattern may name."""

BARE_WILDCARD = "{}"
"""The one pattern that is given no leading slash, for it matches every path."""

# RFC 3986 §3.3: what a path may hold as it is, besides letters, digits and `-._~`.
_PATH_CHARACTERS = "/:@!$&'()*+,;="

# Stands for "any value". Patterns are UTF-8, so none has a surrogate in its text.
_ANYTHING = "\ud800"


class Pattern(Struct, frozen=True):
    """A URL pattern, made by `parse_pattern`."""

    text: str
    """The pattern as it was written, with its leading slash."""

    names: tuple[str, ...]
    """The names of its parameters, in order."""

    literals: tuple[str, ...]
    """Its literal texts, in order; parameters stand between them."""

    wildcard: int | None
    """Which parameter, counted from 0, may hold slashes."""

    head: tuple[Segment, ...]
    """Its segments before the one that holds the wildcard."""

    gap: Gap | None
    """What surrounds the wildcard."""

    tail: tuple[Segment, ...]
    """Its segments after the one that holds the wildcard."""

    def __repr__(self) -> str:
        return f"Pattern(text={self.text!r}, names={self.names!r})"

    @property
    def anonymous(self) -> bool:
        """Whether the wildcard is a `{}`, whose value is dropped."""
        return len(self.names) < len(self.literals) - 1

    @property
    def sample(self) -> str:
        """A path with values that no pattern has in its text.

        What matches it with a parameter matches any value in its place.
        """
        return _ANYTHING.join(self.literals)

    def match(self, path: str) -> dict[str, str] | None:
        """Match a whole, decoded path.

        Takes time proportional to the length of the path, whatever is in it.

        Returns:
            A new dictionary of the parameters, or `None` if the path does not match.
        """
        values = split_path(path, self.head, self.gap, self.tail)
        if values is None:
            return None
        if self.wildcard is not None and self.anonymous:
            del values[self.wildcard]
        return dict(zip(self.names, values, strict=True))

    def covers(self, other: "Pattern") -> bool:
        """Tell whether this pattern matches every path that `other` matches.

        A yes is certain. So is a no, unless both patterns have a wildcard.
        """
        if other.wildcard is None:
            return self.match(other.sample) is not None
        if self.gap is None:
            return False
        # If our wildcard takes the whole of the other's, then what stands left and
        # right of it can be looked at separately.
        cut = other.wildcard + 1
        left = _ANYTHING.join((*other.literals[:cut], ""))
        right = _ANYTHING.join(("", *other.literals[cut:]))
        before, after = self.gap
        return (
            split_path(left, self.head, Gap(before, ("",)), ()) is not None
            and split_path(right, (), Gap(("",), after), self.tail) is not None
        )

    def build(self, values: Mapping[str, str]) -> str:
        """Return the URL path that leads back to this pattern and these values.

        Args:
            values: The value of each parameter, by name.

        Returns:
            A path with one leading slash, percent-encoded as UTF-8. Slashes are kept
            in the value of a `:path` parameter only.

        Raises:
            RouteError: If a parameter is missing or unknown, if the pattern has a
                `{}`, or if the URL would not be read back as these values.
        """
        self._check_names(values)
        given = [values[name] for name in self.names]
        self._check_values(dict(zip(self.names, given, strict=True)))
        try:
            literals = [quote(text, _PATH_CHARACTERS) for text in self.literals]
            url = _alternate(literals, [quote(value) for value in given])
        except UnicodeEncodeError as exc:
            raise self._refusal(f"UTF-8 cannot express {exc.object!r}.") from exc
        # As a reference, `//name/…` leads to another host (RFC 3986 §4.2).
        return f"/%2F{url[2:]}" if url.startswith("//") else url

    def _check_names(self, values: Mapping[str, str]) -> None:
        for name in values:
            if name not in self.names:
                hint = _did_you_mean(name, self.names)
                raise self._refusal(f"it has no parameter {name!r}.{hint}")
        missing = [repr(name) for name in self.names if name not in values]
        if missing:
            word = "parameter" if len(missing) == 1 else "parameters"
            raise self._refusal(f"missing {word} {', '.join(missing)}.")
        if self.anonymous:
            raise self._refusal("'{}' has no name; write '{rest:path}' instead.")

    def _check_values(self, values: dict[str, str]) -> None:
        for position, (name, value) in enumerate(values.items()):
            if not value:
                raise self._refusal(f"parameter {name!r} is empty.")
            if "/" in value and position != self.wildcard:
                raise self._refusal(
                    f"parameter {name!r} holds a slash, as in {value!r}; "
                    f"only '{{{name}:path}}' may."
                )
        path = _alternate(self.literals, list(values.values()))
        if (found := self.match(path)) != values:
            raise self._refusal(f"{path!r} would be read as {found}, not {values}.")
        # RFC 3986 §5.2.4; clients do the same to `%2e`.
        if not {".", ".."}.isdisjoint(path.split("/")):
            raise self._refusal(
                f"clients take the segments '.' and '..' out of {path!r}."
            )

    def _refusal(self, problem: str) -> RouteError:
        return RouteError(f"Cannot build a URL for {self.text!r}: {problem}")


def parse_pattern(text: str) -> Pattern:
    """Read a URL pattern; see the top of this page for the syntax.

    Args:
        text: The pattern, such as `/users/{id}/files/{file:path}`.

    Raises:
        RouteError: If the pattern is not valid. The message points at the place.
    """
    if not isinstance(text, str):
        raise RouteError(
            f"A URL pattern must be a string such as '/items/{{pk}}', not {text!r}."
        )
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        raise _invalid(text, exc.start, "UTF-8 cannot express this") from exc
    literals: list[str] = []
    names: list[str] = []
    wildcard = None
    end = 0
    for start, stop in _placeholders(text):
        placeholder = text[start + 1 : stop]
        problem = _problem_of(placeholder, names, wildcard)
        if problem:
            raise _invalid(text, start, problem)
        if not placeholder or ":" in placeholder:
            wildcard = len(literals)
        if placeholder:
            names.append(placeholder.partition(":")[0])
        literals.append(text[end:start])
        end = stop + 1
    literals.append(text[end:])
    if text != BARE_WILDCARD and not text.startswith("/"):
        text = f"/{text}"
        literals[0] = f"/{literals[0]}"
    return _compiled(text, tuple(names), tuple(literals), wildcard)


def check_prefix(prefix: Pattern) -> None:
    """Refuse a prefix of mounts that is not literal.

    Raises:
        RouteError: With what to do instead.
    """
    if prefix.names or prefix.wildcard is not None:
        raise RouteError(
            f"Cannot mount at {prefix.text!r}: a prefix has no parameters. "
            "Use a route, or include_router(), for those."
        )


def _compiled(
    text: str, names: tuple[str, ...], literals: tuple[str, ...], wildcard: int | None
) -> Pattern:
    if wildcard is None:
        head = cut_at_slashes(literals)
        return Pattern(text, names, literals, wildcard, head, gap=None, tail=())
    *left, before = cut_at_slashes(literals[: wildcard + 1])
    after, *right = cut_at_slashes(literals[wildcard + 1 :])
    gap = Gap(before, after)
    return Pattern(text, names, literals, wildcard, tuple(left), gap, tuple(right))


def _placeholders(text: str) -> Iterator[tuple[int, int]]:
    """Yield the columns of the braces of each placeholder."""
    start = None
    for column, character in enumerate(text):
        if character == "{":
            if start is not None:
                break
            start = column
        elif character == "}":
            if start is None:
                raise _invalid(
                    text, column, "unbalanced brace, this '}' closes nothing"
                )
            yield start, column
            start = None
    if start is not None:
        raise _invalid(text, start, "unbalanced brace, this '{' is never closed")


def _problem_of(
    placeholder: str, names: Sequence[str], wildcard: int | None
) -> str | None:
    """Say what is wrong with what stands between two braces, if anything is."""
    name, colon, converter = placeholder.partition(":")
    if placeholder and not name.isidentifier():
        return f"parameter name {name!r} is not a Python identifier"
    if keyword.iskeyword(name):
        return f"parameter name {name!r} is a Python keyword"
    if name in names:
        return f"parameter {name!r} appears twice"
    if colon and converter not in CONVERTERS:
        known = ", ".join(map(repr, CONVERTERS))
        return (
            f"parameter {name!r} has the unknown converter {converter!r}."
            f"{_did_you_mean(converter, CONVERTERS)} Known converters: {known}. "
            "To convert a value, annotate the view's parameter instead"
        )
    if wildcard is not None and (colon or not name):
        return (
            f"'{{{placeholder}}}' is a second wildcard; "
            "a pattern holds one ':path' or '{}' at most"
        )
    return None


def _invalid(text: str, column: int, problem: str) -> RouteError:
    return RouteError(f"Invalid URL pattern: {problem}\n  {text}\n  {' ' * column}^")


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    near = close_matches(name, known)
    return f" Did you mean {near[0]!r}?" if near else ""


def _alternate(literals: Sequence[str], values: Sequence[str]) -> str:
    """Return the literals with the values between them."""
    between = zip(values, literals[1:], strict=True)
    return literals[0] + "".join(value + literal for value, literal in between)
