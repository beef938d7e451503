"""Whether a secret could be guessed. Pure."""

import math
import re
from collections import Counter
from typing import Final

SHORTEST: Final = 32
"""Bytes of a secret that is as strong as its signatures."""

# Words that are long enough not to turn up in random text; shorter ones stand alone.
_PLACEHOLDER: Final = (
    r"change|default|example|insecure|replace|secret|password"
    r"|(?<![a-z0-9])(?:your|todo|x{3,}|key|dev|test)(?![a-z0-9])"
)


def weakness(secret: str) -> str:
    """Why a secret could be guessed; empty if it could not."""
    if len(secret.encode()) < SHORTEST:
        return f"is shorter than {SHORTEST} bytes"
    if re.search(_PLACEHOLDER, secret, re.IGNORECASE):
        return "looks like a placeholder"
    counts = Counter(secret).values()
    # Shannon's entropy of its characters: random text of this length has 4 and more,
    # hexadecimal digits 3.5.
    bits = -sum(n / len(secret) * math.log2(n / len(secret)) for n in counts)
    return "" if bits >= 3 else "repeats itself"
