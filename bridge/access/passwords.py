"""What makes a password too weak. Pure.

Length counts, composition does not (NIST SP 800-63B §3.1.1.2): no rule asks for digits or signs. What anybody
would guess first is refused.
"""

from __future__ import annotations

from typing import Final

from bridge.errors import WeakPassword

SHORTEST: Final = 10
LONGEST: Final = 128
"""Characters. Longer ones would be work for the hash and nothing for safety."""

_GUESSED: Final = frozenset(
    word
    for line in (
        "1234567890 0123456789 0987654321 12345678910 123456789a a123456789 qwertyuiop qwerty12345",
        "1qaz2wsx3edc 1q2w3e4r5t password12 password123 password1234 administrator admin12345 admin123456",
        "changeme123 welcome123 iloveyou123 woaini1314520 woaini5201314 123456qwerty qazwsxedcrfv",
        "zhengfu12345 rexian12345 12345rexian police110110 gongan110110",
    )
    for word in line.split()
)
_RUNS: Final = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def check(password: str, login: str) -> None:
    """Raises WeakPassword, with what is wrong in Chinese."""
    plain = password.casefold()
    if len(password) < SHORTEST:
        raise WeakPassword(f"密码至少 {SHORTEST} 个字")
    if len(password) > LONGEST:
        raise WeakPassword(f"密码最多 {LONGEST} 个字")
    if login and (login in plain or plain in login):
        raise WeakPassword("密码里不能有登录名")
    if plain in _GUESSED or len(set(plain)) < 4 or _run(plain):
        raise WeakPassword("这个密码太常见，一猜就中；换几个不相干的词连起来")


def _run(plain: str) -> bool:
    """One piece of a row of keys or of the alphabet, in either direction."""
    return any(plain in run or plain[::-1] in run for run in _RUNS)
