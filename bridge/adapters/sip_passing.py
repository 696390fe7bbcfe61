"""Calls passed on: while rtpengine relays, the descriptions each side gets are rtpengine's, signed by us.

The INVITE waits for rtpengine's word on the caller's offer, the 200 for its word on the answer: two questions
that are answered within a millisecond or given up within a third of a second. Given up, our own relay takes
the voice, so no call depends on rtpengine; so it does when rtpengine dies, or when the call's rule asks for
it (`bring_home`): then both sides get a re-INVITE with our address, and rtpengine keeps relaying until both
have taken it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from bridge.adapters.metrics import RTPENGINE_CALLS
from bridge.adapters.sip_line import Line
from bridge.calls.events import Passes
from bridge.media.ng import Answer, Command, Delete, Offer, Query, Reply
from bridge.sip import passing

log = structlog.get_logger(__name__)


class Engine(Protocol):
    """Whoever relays."""

    up: bool
    lost: Callable[[], None]
    beat: Callable[[], None]

    def ask(self, command: Command, then: Callable[[Reply | None], None] | None = None) -> None:
        """Ask; `then` is called once, soon, with the answer or None."""


@dataclass(slots=True)
class _Passed:
    """caller: the leg the voice comes from; heard: the last answer of the leg called; there: legs that are
    up to now; leaving: those that have yet to take our own relay's address, once it comes home."""

    caller: str
    heard: bytes = b""
    there: set[str] = field(default_factory=set)
    leaving: set[str] = field(default_factory=set)
    home: bool = False


class Passing:
    """Voices at rtpengine: the leg called -> what is to be known. Its leg names rtpengine's call."""

    def __init__(self, line: Line, engine: Engine) -> None:
        self._line, self._engine = line, engine
        self._passed: dict[str, _Passed] = {}
        self._callee: dict[str, str] = {}
        """Caller's leg -> the leg called."""
        engine.lost, engine.beat = self._lost, self._look
        line.gone = self._gone

    # --- out ----------------------------------------------------------------------------------------------

    def takes(self, leg: str, caller: str) -> bool:
        """Whether it is to be tried: the leg is described, and plain as the caller's offer is."""
        mine, theirs = self._line.described(leg), self._line.described(caller)
        if mine is None or theirs is None:
            return False
        bare = not mine.shield.secret and not theirs.shield.secret and passing.plain(theirs.offer)
        if bare and self._engine.up and not theirs.early and caller not in self._callee:
            return True
        RTPENGINE_CALLS.labels("fallback").inc()
        return False

    def offer(self, leg: str, caller: str, send: Callable[[bytes], None]) -> None:
        """Ask for the description to go out with; `send` is called with it, or with ours, unless the leg is
        gone by then."""
        theirs = self._line.described(caller)
        if theirs is None:
            return
        self._passed[leg] = _Passed(caller, there={leg, caller})
        self._callee[caller] = leg
        command = Offer(leg, caller, theirs.offer)
        self._engine.ask(command, lambda reply: self._offered(leg, reply, send))

    def _offered(self, leg: str, reply: Reply | None, send: Callable[[bytes], None]) -> None:
        passed, state = self._passed.get(leg), self._line.described(leg)
        if passed is None or state is None or passed.caller not in passed.there:
            return
        if reply is None or not reply.well or not reply.sdp:
            RTPENGINE_CALLS.labels("fallback").inc()
            self._drop(leg)
            send(self._line.body(state))
            return
        RTPENGINE_CALLS.labels("passed").inc()
        self._line.hear(Passes(leg))
        # The call may need us by now.
        send(self._line.body(state) if passed.home else self._line.signed(state, reply.sdp))

    # --- back ---------------------------------------------------------------------------------------------

    def answer(self, leg: str, body: bytes, then: Callable[[], None]) -> None:
        """What the leg called answered, early or not: the caller's description is made of it, and `then`
        goes on. Where rtpengine does not say, the voice comes home first."""
        passed = self._passed.get(leg)
        if passed is None or passed.home or not body or body == passed.heard:
            then()
            return
        passed.heard = body
        command = Answer(leg, passed.caller, leg, body)
        self._engine.ask(command, lambda reply: self._answered(leg, reply, then))

    def _answered(self, leg: str, reply: Reply | None, then: Callable[[], None]) -> None:
        passed = self._passed.get(leg)
        if passed is not None and not passed.home:
            self._tell_caller(leg, passed, reply)
        if self._line.described(leg) is not None:
            then()

    def _tell_caller(self, leg: str, passed: _Passed, reply: Reply | None) -> None:
        caller = self._line.described(passed.caller)
        if reply is None or not reply.well or not reply.sdp:
            self._line.hear(Passes(leg, on=False))
        elif caller is not None and not caller.early:
            caller.early = self._line.signed(caller, reply.sdp)

    # --- home ---------------------------------------------------------------------------------------------

    def bring_home(self, leg: str) -> None:
        """Both sides get our own address; who has it already (it has just offered anew) is left alone."""
        passed = self._passed.get(leg)
        if passed is None or passed.home:
            return
        RTPENGINE_CALLS.labels("home").inc()
        log.info("call.home", leg=leg)
        passed.home = True
        for each in (passed.caller, leg):
            state = self._line.described(each)
            if state is not None and not state.port:  # it has not been told yet
                state.early, state.elsewhere = b"", False
            elif state is not None and state.elsewhere:
                passed.leaving.add(each)
                self._reoffer(each, self._line.body(state))
        self._settle(leg)

    def _reoffer(self, leg: str, body: bytes) -> None:
        self._line.stack.run(lambda agent, now: agent.reinvite(leg, body, now))

    def taken(self, leg: str) -> None:
        """The leg has taken an offer of ours."""
        callee = self._callee.get(leg, leg)
        passed = self._passed.get(callee)
        if passed is not None and passed.home:
            passed.leaving.discard(leg)
            self._settle(callee)

    def _lost(self) -> None:
        for leg, passed in list(self._passed.items()):
            if not passed.home:
                self._line.hear(Passes(leg, on=False))

    def _look(self) -> None:
        """Ask after one call, each in its turn: an rtpengine that was restarted lives and knows none of them,
        so that when one is gone the next is asked after at once."""
        leg = next((leg for leg, passed in self._passed.items() if passed.heard and not passed.home), None)
        if leg is not None:
            self._passed[leg] = self._passed.pop(leg)
            self._engine.ask(Query(leg), lambda reply: self._looked(leg, reply))

    def _looked(self, leg: str, reply: Reply | None) -> None:
        passed = self._passed.get(leg)
        if passed is None or passed.home or reply is None or reply.well:
            return
        self._line.hear(Passes(leg, on=False))
        if leg in self._passed and not passed.home:  # nobody's call any more
            self._drop(leg)
        self._look()

    # --- the end ------------------------------------------------------------------------------------------

    def _gone(self, leg: str) -> None:
        """A leg has ended."""
        callee = self._callee.get(leg, leg)
        passed = self._passed.get(callee)
        if passed is None:
            return
        passed.there.discard(leg)
        passed.leaving.discard(leg)
        self._settle(callee)

    def _settle(self, leg: str) -> None:
        """rtpengine is needed no more once both legs are gone, or have our own address."""
        passed = self._passed[leg]
        if not passed.there or (passed.home and not passed.leaving):
            self._drop(leg)

    def _drop(self, leg: str) -> None:
        passed = self._passed.pop(leg)
        self._callee.pop(passed.caller, None)
        self._engine.ask(Delete(leg, passed.caller))
