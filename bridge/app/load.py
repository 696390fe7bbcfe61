"""How full the house is, put together for the valve before new calls."""

from __future__ import annotations

from bridge.adapters.load_meter import LoadMeter
from bridge.adapters.metrics import OVERLOAD_LEVEL
from bridge.adapters.sip_stack import SipStack
from bridge.services.switchboard import MAX_CALLS, Switchboard
from bridge.services.valve import Valve
from bridge.sip.exchange import MAX_TRANSACTIONS


def meter(switchboard: Switchboard, stack: SipStack) -> LoadMeter:
    """Measures from `start` on, and gives the switchboard its valve."""

    def fill() -> float:
        calls, transactions = len(switchboard.calls()), stack.agent.transactions()
        return max(calls / MAX_CALLS, transactions / MAX_TRANSACTIONS)

    switchboard.valve = Valve(OVERLOAD_LEVEL.set)
    return LoadMeter(switchboard.valve.sample, stack.backlog, fill)
