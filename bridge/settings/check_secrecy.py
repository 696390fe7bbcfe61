"""Whether encrypted voice is as secret as it looks. Pure; part of `checks`."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.settings.problems import Problem
from bridge.settings.sections import Settings


def keys_in_the_clear(settings: Settings) -> Iterator[Problem]:
    if settings.media.srtp_over_plain_sip:
        text = "密钥会写在明文信令里，看得到信令的人就能听到通话；信令不走专线或 VPN 时改成 false"
        yield Problem(("media", "srtp_over_plain_sip"), text)
