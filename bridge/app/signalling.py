"""All that speaks SIP, built: trunks and what is known of them, the stack, the doorman, the endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.adapters.addresses import our_address
from bridge.adapters.dns_names import Names
from bridge.adapters.rtpengine import Rtpengine
from bridge.adapters.sip_domains import Domains
from bridge.adapters.sip_doorman import Doorman
from bridge.adapters.sip_endpoint import SipEndpoint
from bridge.adapters.sip_keepalive import KeepAlive
from bridge.adapters.sip_probe import Prober
from bridge.adapters.sip_register import Registrations
from bridge.adapters.sip_secrecy import Secrecy
from bridge.adapters.sip_stack import SipStack
from bridge.adapters.sip_targets import Targets
from bridge.app.house import House, Tables
from bridge.app.lines import peers, streams
from bridge.app.registrations import accounts
from bridge.app.trunks import book, count_calls, intervals, lines, names, recount
from bridge.clock import Clock
from bridge.errors import AdministratorError
from bridge.services.trunk_history import TrunkHistory
from bridge.settings import Settings, Trunk, tables
from bridge.sip.message import Address
from bridge.sip.sdes import Policy as Encryption
from bridge.sip.session_timer import Policy
from bridge.sip.trace import Trace
from bridge.sip.useragent import UserAgent

SESSION_BITS: Final = 62
"""RFC 8866 §5.2: a session id is a number; some peers read it as a signed 64-bit one."""


class SipSide:
    """The parts, public: `wiring` starts them. on_trunk: told that a trunk went up or down."""

    def __init__(
        self,
        house: House,
        clock: Clock,
        new_id: Callable[[], str],
        on_trunk: Callable[[str, bool], None],
    ) -> None:
        settings = house.settings
        self._house, self._clock, self._new_id = house, clock, new_id
        self.address = Address(*settings.sip.listen)
        self._dialled: dict[str, Trunk] = settings.trunks
        self.history = TrunkHistory(clock)
        self._on_trunk = on_trunk
        self.trunks = book(settings, self._trunk_changed)
        self.names = Names(names(settings), self.trunks.learn, settings.sip.name_servers)
        count_calls(settings, self.trunks)
        doors = tables.doors(settings)
        self.trace = Trace(settings.log.ladder_calls) if settings.log.ladder_calls else None
        self.stack = SipStack(
            self.address,
            self._agent,
            on_event=lambda event: self.endpoint.on_event(event),
            make_streams=streams(
                settings,
                lambda host, tls: self.doorman.doors.knocks(host, tls=tls),
                peers(house, self.trunks.at),
            ),
            trace=self.trace,
        )
        self.doorman = Doorman(
            doors=doors,
            registrar=tables.registrar(settings),
            realm=settings.sip.realm,
            algorithms=settings.sip.digest_algorithms,
            passwords=tables.passwords(settings),
            proven=self.stack.proven,
        )
        self.endpoint = self._endpoint()
        rtpengine = settings.media.rtpengine
        self.rtpengine = Rtpengine(rtpengine.address) if rtpengine is not None else None
        if self.rtpengine is not None:
            self.endpoint.pass_by(self.rtpengine)
        self.prober = Prober(self.stack, self.trunks, intervals(settings))
        self.endpoint.probed = self.prober.answered
        self.registrations = Registrations(self.stack, accounts(settings, self.trunks.order), clock.monotonic)
        self.endpoint.registered = self.registrations.answered
        self.doorman.registrar_at = self.registrations.at
        self.keepalive = KeepAlive(self.stack, lambda: self.doorman.everybody(clock.monotonic()))

    async def open(self) -> None:
        """Listen; `address` is then the port we really have. Raises AdministratorError: not to be had."""
        try:
            self.address = await self.stack.start()
        except OSError as error:
            listen = self._house.settings.sip.listen
            raise AdministratorError(
                f"{listen} 不能监听（{error.strerror}）：换一个 sip.listen，或停掉占用它的程序"
            ) from error

    def reachable(self, agent: str) -> bool:
        """Whether a phone can be rung: registered with us, or behind an exchange that is there."""
        known = self._house.settings.agents.get(agent)
        if known is not None and known.trunk is not None:
            return self.trunks.standing(known.trunk).up
        return bool(self.doorman.phones(agent, self._clock.monotonic()))

    def registered(self) -> list[str]:
        """Agents with a phone registered with us now."""
        return self.doorman.registered(self._clock.monotonic())

    def refused(self, leg: str, status: int) -> None:
        """A leg we dialled was refused."""
        trunk = self.trunks.trunk_of(leg)
        if trunk is not None:
            self.history.refused(trunk, status)

    def _trunk_changed(self, trunk: str, up: bool) -> None:
        self.history.changed(trunk)
        self._on_trunk(trunk, up)

    def renew(self, before: Tables, after: Tables) -> None:
        """Other trunks and agents. A trunk that is gone is drained: no new call comes from there or is
        planned to go there; calls go on, and may still go there by the plans they have, until the next reload
        that finds none on it."""
        settings = after.settings
        old = self._dialled
        drained = {
            name: old[name]
            for name in old.keys() - settings.trunks.keys()
            if name in before.settings.trunks or self.trunks.used(name)
        }
        self._dialled = {**settings.trunks, **drained}
        self.trunks.renew(lines(settings), drained)
        self.names.renew(names(settings))
        self.prober.renew(intervals(settings))
        self.registrations.renew(accounts(settings, self.trunks.order))
        self.doorman.renew(tables.doors(settings), tables.passwords(settings))
        self.endpoint.renew(self._dialled)
        self._secrecy.renew(*_policies(self._dialled, settings))
        self._domains.renew(settings.trunks, tables.behind(settings), tables.walled(settings))
        self.history.forget(frozenset(self._dialled))
        recount(before.settings, settings, self.trunks)

    def _endpoint(self) -> SipEndpoint:
        settings, host = self._house.settings, self._host()
        media = our_address(settings.media.address, settings.media.advertise, tables.first_peer(settings))
        self._secrecy: Secrecy = Secrecy(
            *_policies(settings.trunks, settings), over_plain=settings.media.srtp_over_plain_sip
        )
        self._domains: Domains = Domains(
            (host, media, settings.sip.realm, *settings.sip.domains),
            settings.trunks,
            tables.behind(settings),
            tables.walled(settings),
        )
        return SipEndpoint(
            stack=self.stack,
            doorman=self.doorman,
            targets=Targets(self.doorman, self._dialled, host, self.trunks.order),
            address=media,
            clock=self._clock,
            session=lambda: int(self._new_id(), 16) >> (64 - SESSION_BITS),
            secrecy=self._secrecy,
            noise=settings.media.comfort_noise,
            domains=self._domains,
        )

    def _agent(self, *bound: Address) -> UserAgent:
        home, *others = (Address(self._host(), each.port, each.transport) for each in bound)
        sip = self._house.settings.sip
        session = Policy(sip.session_expires, sip.min_se)
        return UserAgent(local=home, others=tuple(others), new_token=self._new_id, session=session)

    def _host(self) -> str:
        sip = self._house.settings.sip
        return our_address(sip.listen.host, sip.advertise, tables.first_peer(self._house.settings))


Policies = tuple[dict[str, Encryption], dict[str, Encryption]]


def _policies(trunks: dict[str, Trunk], settings: Settings) -> Policies:
    """Whose voice is encrypted: by trunk, by agent."""
    return (
        {name: trunk.srtp for name, trunk in trunks.items()},
        {name: agent.srtp for name, agent in settings.agents.items()},
    )
