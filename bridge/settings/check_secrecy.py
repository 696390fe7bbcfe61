"""Whether encrypted voice is as secret as it looks. Pure; part of `checks`."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.settings.problems import Problem
from bridge.settings.sections import Settings


def keys_without_tls(settings: Settings) -> Iterator[Problem]:
    """`required` where keys must not be told would refuse every call."""
    if settings.media.srtp_over_plain_sip:
        return
    text = "srtp: required 要在 TLS 信令上交换密钥：{how}；或改成 optional"
    for name, trunk in settings.trunks.items():
        if trunk.srtp == "required" and trunk.target is not None and trunk.transport != "tls":
            yield Problem(("trunks", name, "srtp"), text.format(how="给这条中继写 transport: tls"))
    for extension, agent in settings.agents.items():
        if agent.srtp == "required" and agent.trunk is None and settings.sip.tls is None:
            yield Problem(("agents", extension, "srtp"), text.format(how="写 sip.tls 一节，话机用 TLS 注册"))


def keys_in_the_clear(settings: Settings) -> Iterator[Problem]:
    if settings.media.srtp_over_plain_sip:
        text = "密钥会写在明文信令里，看得到信令的人就能听到通话；信令不走专线或 VPN 时改成 false"
        yield Problem(("media", "srtp_over_plain_sip"), text)
