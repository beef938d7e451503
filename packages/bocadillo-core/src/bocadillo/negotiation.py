"""Which content codings a client accepts (RFC 9110 §12.5.3). Pure."""

import re
from typing import Final

__all__ = ["accepted_codings"]

_CODING: Final = (
    r"(?i)\s*([!#$%&'*+\-.^_`|~0-9a-z]+)\s*"
    r"(?:;\s*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*)?"
)


def accepted_codings(header: str) -> dict[str, float]:
    """Read an `Accept-Encoding` header.

    Args:
        header: Its value; repeated headers joined by commas.

    Returns:
        The weight of each coding that is named, from 0 (refused) to 1. What cannot
        be read is left out.
    """
    codings = {}
    for element in header.split(","):
        if named := re.fullmatch(_CODING, element):
            coding, weight = named.groups()
            codings[coding.lower()] = 1.0 if weight is None else float(weight)
    return codings
