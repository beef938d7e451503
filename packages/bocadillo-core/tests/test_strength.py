import secrets

import pytest

from bocadillo.strength import weakness

STRONG = "n7Qm2Xv9Lw4Tz8Rb5Kd1Hc6Yp3Jg0FsA"


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("", "is shorter than 32 bytes"),
        (STRONG[:31], "is shorter than 32 bytes"),
        ("a" * 32, "repeats itself"),
        ("ab" * 20, "repeats itself"),
        ("change-me-please-change-me-please", "looks like a placeholder"),
        ("your-own-long-value-goes-here-now", "looks like a placeholder"),
        ("django-insecure-8f#k2!z0p@q9x&w7v5", "looks like a placeholder"),
        ("XXX-8f7k2l1z0p9q8x7w6v5u4t3s2r1q0", "looks like a placeholder"),
        (STRONG, ""),
        ("é" * 4 + STRONG[:24], ""),
    ],
)
def test_a_weak_secret_is_told(secret, problem):
    assert weakness(secret) == problem


@pytest.mark.parametrize("make", [secrets.token_urlsafe, secrets.token_hex])
def test_random_secrets_are_strong(make):
    weak = [secret for secret in (make(32) for _ in range(2000)) if weakness(secret)]

    # Of 43 random characters, a short word that stands alone turns up now and then.
    assert len(weak) <= 1
