"""Recording as people ask for it: by a key of the agent's telephone, or over the interface."""

from __future__ import annotations

from bridge.calls.call import Call
from bridge.calls.events import Records
from bridge.calls.recording import RecordWish
from bridge.errors import WrongMoment
from bridge.services.switchboard import Switchboard


class RecordingWishes:
    """Carries them to the call."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    def carry_out(self, call_id: str, wish: RecordWish) -> Call:
        """Start, stop, pause or resume. Raises NoSuchCall, WrongMoment where the route's policy is never to
        record."""
        call = self._switchboard.call(call_id)
        if wish in ("start", "stop") and call.recorded.policy == "never":
            raise WrongMoment("这通电话的路由写明不录音")
        self._switchboard.tell(call_id, Records(wish))
        return self._switchboard.call(call_id)

    def toggle(self, call_id: str) -> None:
        """Pause, or resume after a pause. Raises NoSuchCall."""
        call = self._switchboard.call(call_id)
        self.carry_out(call_id, "resume" if call.recorded.paused else "pause")
