"""Whether networks, logins and ports keep out of each other's way.

Pure; part of `checks`. Ports in use by other programs are found when we bind them, not here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations

from bridge.settings.fields import Network
from bridge.settings.fields import network as parse_network
from bridge.settings.problems import Path, Problem
from bridge.settings.sections import Settings


def _networks(settings: Settings) -> Iterator[tuple[Path, str, Network]]:
    for name, trunk in settings.trunks.items():
        for place, network in enumerate(trunk.hosts):
            yield ("trunks", name, "hosts", place), name, network


def same_networks(settings: Settings) -> Iterator[Problem]:
    """Two trunks at one address can be told apart only if both log in."""
    for (_path, one, network), (path, other, same) in combinations(_networks(settings), 2):
        logins = settings.trunks[one].login and settings.trunks[other].login
        if one != other and network == same and not logins:
            text = f"网段 {network} 已属于中继 {one}，来电分不清是谁；写不同的地址，或给两条中继都写 login"
            yield Problem(path, text)


def logins(settings: Settings, extensions: Collection[str]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, trunk in settings.trunks.items():
        if trunk.login is None:
            continue
        user, path = trunk.login.username, ("trunks", name, "login", "username")
        if user in extensions:
            yield Problem(path, f'用户名 "{user}" 与话务员分机号相同，换一个')
        if user in seen:
            yield Problem(path, f'用户名 "{user}" 已用于中继 {seen[user]}，换一个')
        seen.setdefault(user, name)


def ports(settings: Settings) -> Iterator[Problem]:
    media, sip = settings.media, settings.sip
    if sip.listen.port in media.ports:
        text = f"SIP 端口 {sip.listen.port} 落在 media.ports {media.ports} 里；换一个端口或缩小范围"
        yield Problem(("sip", "listen"), text)
    pairs = (media.ports.last - media.ports.first + 1) // 2
    if media.spare > pairs:
        text = f"spare（{media.spare}）比 ports 里的端口对还多（{pairs} 对）；扩大 ports 或减小 spare"
        yield Problem(("media", "spare"), text)
    for section, advertise in (("sip", sip.advertise), ("media", media.advertise)):
        if advertise in {"0.0.0.0", "::"}:  # noqa: S104  refused, not bound
            text = f"advertise 要写对方能到达的地址，不能是 {advertise}；不写就自动取本机出口地址"
            yield Problem((section, "advertise"), text)


def nested_networks(settings: Settings) -> Iterator[Problem]:
    for (path, one, network), (_path, other, wider) in combinations(_networks(settings), 2):
        if one != other and network != wider and network.version == wider.version and network.overlaps(wider):
            winner = one if network.prefixlen > wider.prefixlen else other
            text = f"中继 {one} 的 {network} 与中继 {other} 的 {wider} 重叠；重叠部分算作网段更小的 {winner}"
            yield Problem(path, text)


def unlisted_targets(settings: Settings) -> Iterator[Problem]:
    for name, trunk in settings.trunks.items():
        key = "target" if trunk.target else "targets"
        for place in trunk.places if trunk.hosts else ():
            if place.address.named:  # what a name stands for is not ours to say
                continue
            alone = parse_network(place.address.host)
            if not any(alone.version == host.version and alone.overlaps(host) for host in trunk.hosts):
                text = f"target {place.address} 不在 hosts 里：从那里打来的电话会被拒绝"
                yield Problem(("trunks", name, key), text)
