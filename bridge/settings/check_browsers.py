"""Whether telephones in the browser fit the rest: somebody has one, and its ports are nobody else's.

Pure; part of `checks`.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.settings.problems import Problem
from bridge.settings.sections import Settings


def agents(settings: Settings) -> Iterator[Problem]:
    """A telephone in the page needs the process that speaks with browsers."""
    if settings.webrtc is not None:
        return
    for extension, agent in settings.agents.items():
        if agent.browser:
            text = f"话务员 {extension} 用网页电话，但没有 webrtc 一节；加上 webrtc: {{}}，或去掉 browser"
            yield Problem(("agents", extension, "browser"), text)


def ports(settings: Settings) -> Iterator[Problem]:
    """Browsers' ports and telephones' ports are taken by different processes."""
    webrtc = settings.webrtc
    if webrtc is None:
        return
    media = settings.media.ports
    if webrtc.ports.first <= media.last and media.first <= webrtc.ports.last:
        text = f"webrtc.ports {webrtc.ports} 与 media.ports {media} 重叠；换一段"
        yield Problem(("webrtc", "ports"), text)
    for place, address in enumerate(webrtc.addresses):
        if address in {"0.0.0.0", "::", "127.0.0.1"}:  # noqa: S104  refused, not bound
            text = f"{address} 不能告诉浏览器；写浏览器到得了的本机地址，不写就是本机全部地址"
            yield Problem(("webrtc", "addresses", place), text)


def secure(settings: Settings) -> Iterator[Problem]:
    """Browsers on other machines give no microphone to a page that came by plain HTTP."""
    api = settings.api
    if settings.webrtc is not None and api.tls is None and not api.listen.loopback:
        text = "网页电话要 HTTPS：浏览器不把麦克风交给明文网页；写 api.tls，或只听本机、前面放 HTTPS 反向代理"
        yield Problem(("api", "listen"), text)
