"""Trunks and agents as the administrator's pages read them, put together from whoever knows something."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from bridge.adapters.sip_probe import Probed
from bridge.app.house import House
from bridge.app.signalling import SipSide
from bridge.clock import Clock
from bridge.errors import NoSuchTrunk, WrongMoment
from bridge.routing.addresses import Place
from bridge.services.queue_desk import QueueDesk
from bridge.services.trunks import written
from bridge.settings import Agent, Trunk

Json = dict[str, Any]

_PHASES: Final = {
    "idle": "还没有开始注册",
    "trying": "正在注册",
    "up": "",
    "waiting": "注册没有成功，过一会儿再试",
    "leaving": "正在注销",
    "over": "已注销",
}
_REGISTERS: Final = {
    "bad-credentials": "对方不认用户名或密码：核对 register 的 user、username 和密码",
    "403": "对方拒绝注册（403）：核对 register 的 user 和 domain",
    "404": "对方没有这个用户（404）：核对 register 的 user 和 domain",
    "408": "对方没有应答（408）：核对 target，看网络和防火墙",
    "503": "对方现在不服务（503），或地址还没有查到",
    "expired": "注册过期了，正在重新注册",
}
_PROBES: Final = {
    408: "没有应答：核对 target 的地址和端口，看网络、防火墙，对方是否开机",
    503: "对方说现在不服务（503），或那个端口没有程序在听",
}


class LineBook:
    """sip: trunks, phones, probes; queues: what agents are doing, None without queues; reachable: whether an
    agent can be rung, wherever; in_page: whether their telephone in the page can."""

    def __init__(
        self,
        house: House,
        sip: SipSide,
        queues: QueueDesk | None,
        clock: Clock,
        *,
        reachable: Callable[[str], bool],
        in_page: Callable[[str], bool],
    ) -> None:
        self._house, self._sip, self._queues, self._clock = house, sip, queues, clock
        self._reachable, self._in_page = reachable, in_page

    # --- trunks -------------------------------------------------------------------------------------------

    def trunks(self) -> list[Json]:
        """Every trunk of the configuration, then those that are gone and still carry calls."""
        registered = self._sip.registrations.status()
        configured = self._house.settings.trunks
        found = [
            self._trunk(each, configured[each["name"]], registered.get(each["name"]))
            for each in self._sip.trunks.status()
        ]
        return [*found, *(self._drained(name) for name in self._sip.trunks.drained())]

    async def probe(self, name: str) -> Json:
        """Each address asked by OPTIONS now. Raises NoSuchTrunk; WrongMoment for one that only calls us."""
        if name not in self._house.settings.trunks:
            raise NoSuchTrunk(name)
        if not self._sip.trunks.places(name):
            raise WrongMoment("这条中继没有呼出地址（或域名还没有查到），没有可以问的")
        answers = await self._sip.prober.now(name)
        return {"trunk": name, "answers": [self._answer(each) for each in answers]}

    def _trunk(self, known: Json, trunk: Trunk, registered: Mapping[str, Any] | None) -> Json:
        name, history = known["name"], self._sip.history
        addresses = [self._address(name, place, trunk) for place in self._sip.trunks.places(name)]
        states = {each["address"]: each["state"] for each in known["addresses"]}
        for each in addresses:
            each["state"] = states.get(each["address"], "up") if trunk.probe_seconds else "unprobed"
        return {
            **known,
            "platform": trunk.platform,
            "transport": trunk.transport,
            "probe_seconds": trunk.probe_seconds,
            "addresses": addresses,
            "since": history.since(name).isoformat(),
            "why": self._why(known["state"], trunk, addresses, registered),
            "registered": registered and _registered(registered),
            "refusals": history.refusals(name),
            "known_by": _known_by(trunk),
        }

    def _drained(self, name: str) -> Json:
        calls = self._sip.trunks.used(name)
        return {
            "name": name, "label": "", "state": "drained", "addresses": [], "calls": calls, "channels": None,
            "reserved": 0, "platform": None, "transport": "", "probe_seconds": None,
            "since": self._sip.history.since(name).isoformat(), "registered": None, "known_by": [],
            "why": f"已从配置里去掉，等上面的 {calls} 通电话结束",
            "refusals": self._sip.history.refusals(name),
        }  # fmt: skip

    def _address(self, trunk: str, place: Place, configured: Trunk) -> Json:
        last = self._sip.prober.said(trunk, place)
        return {
            "address": written(place),
            "priority": place.priority,
            "weight": place.weight,
            "last": None if last is None else self._answer(last),
        }

    def _answer(self, said: Probed) -> Json:
        ago = asyncio.get_running_loop().time() - said.at
        text = "" if said.answered else _PROBES.get(said.status, "")
        return {
            "address": written(said.place),
            "answered": said.answered,
            "status": said.status,
            "ms": round(said.seconds * 1000, 1),
            "seconds_ago": round(ago, 1),
            "advice": text,
        }

    def _why(self, state: str, trunk: Trunk, addresses: list[Json], registered: Any) -> str:
        """The state in words: what it rests on, and what to do where it is bad."""
        if registered is not None and not registered["up"]:
            return str(_registered(registered)["advice"])
        if state == "inbound":
            return "没有写 target：只打进来"
        if not addresses:
            return "域名还没有查到地址：核对 targets 里的域名和 sip.name_servers"
        if state == "unprobed":
            return "没有写 probe_seconds：不探测，一律当作通"
        if state == "down":
            said = next((each["last"]["advice"] for each in addresses if each["last"]), "")
            return str(said) or "探测没有应答"
        silent = sum(each["state"] != "up" for each in addresses)
        return f"{len(addresses)} 个地址里有 {silent} 个不应答" if silent else "对方应答 OPTIONS"

    # --- agents -------------------------------------------------------------------------------------------

    def agents(self) -> list[Json]:
        """Every agent: where their phone is, and what the queues know of them."""
        doing = {each["number"]: each for each in self._queues.view()["agents"]} if self._queues else {}
        agents = self._house.settings.agents
        return [self._agent(number, agent, doing.get(number)) for number, agent in agents.items()]

    def _agent(self, number: str, agent: Agent, doing: Json | None) -> Json:
        now = self._clock.monotonic()
        phones = self._sip.doorman.phones(number, now) if agent.trunk is None else ()
        return {
            "extension": number,
            "name": agent.name,
            "platform": agent.platform,
            "trunk": agent.trunk,
            "reachable": self._reachable(number),
            "browser": agent.browser,
            "in_page": agent.browser and self._in_page(number),
            "phones": [
                {
                    "address": f"{phone.source.transport}:{phone.source.host}:{phone.source.port}",
                    "seconds_left": round(phone.expires_at - now),
                }
                for phone in phones
            ],
            "queue_state": doing and doing["state"],
        }


def _registered(status: Mapping[str, Any]) -> Json:
    why = str(status["why"])
    advice = "" if status["up"] else _REGISTERS.get(why) or _PHASES.get(str(status["phase"]), "")
    return {**status, "advice": advice}


def _known_by(trunk: Trunk) -> list[str]:
    """How calls from there are told to be its."""
    ways = [f"地址 {network}" for network in trunk.hosts]
    ways += [f"用户名 {trunk.login.username}"] if trunk.login else []
    ways += [f"证书 {trunk.tls.name}"] if trunk.tls and trunk.tls.mutual else []
    return ways + (["我们在那里注册"] if trunk.registration else [])
