"""Which files a directory offers, and what is said about each.

WhiteNoise names the URLs (index files and their redirects included), finds the
compressed variants and writes the headers. What may be offered at all is settled
here: no dotfiles, and nothing that lies outside the directory.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final, TypedDict

from msgspec import Struct

from .confinement import is_below, is_plain, not_found_if_missing
from .errors import HTTPError
from .headers import as_sent
from .representations import Headers

__all__ = ["Moved", "Options", "StaticEntry", "StaticIndex", "Variant"]

# Names as bundlers and manifests write them: `app.3f2a1b9c.js`, `app-3f2a1b9c.js`.
# Eight hexadecimal digits or more; decimal ones alone would be a date.
_HASHED: Final = r"[._-](?![0-9]+\.)[0-9a-f]{8,64}\.[^/]+$"

# WhiteNoise derives these from the file as it was at start-up. The file is asked
# again when it is opened, so that they are true of the bytes that follow.
_VALIDATORS: Final = ("ETag", "Last-Modified")


# What is said of each variant apart, and the length, which the open file tells.
_OWN: Final = frozenset(
    ["content-encoding", "content-length", "content-type", "etag", "last-modified"]
)

AddHeaders = Callable[[Any, str, str], None]
"""Adds to the headers (`wsgiref.headers.Headers`) of a file, given path and URL."""


class Options(TypedDict, total=False):
    """What WhiteNoise can be told; see its documentation."""

    prefix: str | None
    autorefresh: bool
    max_age: int | None
    allow_all_origins: bool
    charset: str
    mimetypes: dict[str, str] | None
    add_headers_function: AddHeaders | None
    index_file: bool | str | None
    immutable_file_test: Callable[[str, str], bool] | str | None


class Variant(Struct, frozen=True):
    """One file that stands for a URL, plain or compressed.

    Args:
        path: Below the directory.
        coding: Its `content-encoding`; empty for the plain file.
        content_type: The same for all variants.
        etag: What the user's function set; empty if the file tells.
        last_modified: Likewise.
        headers: All others.
    """

    path: str
    coding: str
    content_type: str
    etag: str
    last_modified: str
    headers: Headers


class Moved(Struct, frozen=True):
    """A URL that redirects to another one, relative to itself."""

    headers: Headers


StaticEntry = tuple[Variant, ...] | Moved
"""The variants of a file, smallest first; or a redirect."""


class StaticIndex:
    """The entries of one directory, by URL.

    Args:
        root: The directory's real path.
        options: For WhiteNoise. With `autorefresh`, nothing is remembered.
    """

    def __init__(self, root: str, options: Options) -> None:
        # Imported here, as a process that serves no static files never needs it.
        from whitenoise import (  # type: ignore[import-untyped] # noqa: PLC0415
            WhiteNoise,
        )

        settings: dict[str, Any] = {
            "allow_all_origins": False,
            "immutable_file_test": _is_hashed,
            **options,
        }
        prefix = settings.pop("prefix", None)
        settings["add_headers_function"] = _leaving_validators(
            settings.get("add_headers_function")
        )
        self.root = root
        self.autorefresh = bool(settings.get("autorefresh"))
        self._whitenoise: Any = WhiteNoise(None, **settings)
        if self.autorefresh:
            self._whitenoise.add_files(root, prefix)
        else:
            self._entries = self._scan((prefix or "").strip("/"))

    def find(self, url: str) -> StaticEntry | None:
        """Find the entry of a URL path, which starts with a slash.

        With `autorefresh`, this reads the disk, and takes as long as that does.
        """
        return self._look_up(url) if self.autorefresh else self._entries.get(url)

    def _scan(self, prefix: str) -> dict[str, StaticEntry]:
        start = f"/{prefix}/" if prefix else "/"
        stats = dict(_files_below(self.root, self.root))
        for path in stats:
            url = start + os.path.relpath(path, self.root).replace(os.sep, "/")
            self._whitenoise.add_file_to_dictionary(url, path, stat_cache=stats)
        found = self._whitenoise.files.items()
        return {url: self._entry(file) for url, file in found}

    def _look_up(self, url: str) -> StaticEntry | None:
        from whitenoise.responders import (  # type: ignore[import-untyped] # noqa: PLC0415
            NotARegularFileError,
        )

        if url != "/" and not is_plain(url[1:].removesuffix("/")):
            return None
        try:
            with not_found_if_missing():
                file = self._whitenoise.find_file(url)
        except (NotARegularFileError, HTTPError):
            return None
        return None if file is None else self._entry(file)

    def _entry(self, file: Any) -> StaticEntry:
        """Read what WhiteNoise made of a file, or of an index without a slash."""
        if not hasattr(file, "alternatives"):
            return Moved(_checked(file.response.headers))
        variants = [  # smallest first
            _variant(os.path.relpath(path, self.root), _checked(headers))
            for _, path, headers in file.alternatives
        ]
        while variants[-1].coding:  # what is compressed and yet larger is of no use
            variants.pop()
        return tuple(variants)


def _files_below(
    directory: str, root: str, above: frozenset[str] = frozenset()
) -> Iterator[tuple[str, os.stat_result]]:
    """Find the files to offer. Symbolic links may point anywhere below the root."""
    real = os.path.realpath(directory)
    if real in above:  # a link to a directory it lies in
        return
    with os.scandir(directory) as entries:
        for entry in entries:
            if not is_plain(entry.name) or not _is_text(entry.name):
                continue
            # A dangling link, a directory that may not be read: nothing to offer.
            with suppress(OSError):
                if entry.is_symlink() and not _leads_below(entry.path, root):
                    continue
                if entry.is_dir():
                    yield from _files_below(entry.path, root, above | {real})
                elif entry.is_file():
                    yield entry.path, entry.stat()


def _leads_below(link: str, root: str) -> bool:
    return is_below(os.path.realpath(link), root)


def _is_text(name: str) -> bool:
    """Whether a file's name can stand in a URL; bytes outside UTF-8 cannot."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_hashed(_path: str, url: str) -> bool:
    return re.search(_HASHED, url) is not None


def _leaving_validators(add_headers: AddHeaders | None) -> AddHeaders:
    def add(headers: Any, path: str, url: str) -> None:
        if add_headers is not None:
            add_headers(headers, path, url)
        for name in _VALIDATORS:
            headers.setdefault(name, "")

    return add


def _checked(headers: Headers) -> list[tuple[str, str]]:
    for name, value in headers:
        as_sent(name, value)
    return [(name.lower(), value) for name, value in headers]


def _variant(path: str, headers: Headers) -> Variant:
    named = dict(headers)
    return Variant(
        path=path,
        coding=named.get("content-encoding", ""),
        content_type=named["content-type"],
        etag=named["etag"],
        last_modified=named["last-modified"],
        headers=tuple(header for header in headers if header[0] not in _OWN),
    )
