"""A call as pages and programs read it: plain JSON values. Pure."""

from __future__ import annotations

from typing import Any

from bridge.calls.call import Transfer
from bridge.calls.handover import open_to
from bridge.calls.parties import Party
from bridge.calls.recording import Recorded
from bridge.calls.supervisors import Supervisor
from bridge.routing.harassment import Verdict
from bridge.services.records import Record
from bridge.tickets.transcript import Utterance
from bridge.tickets.transcript_json import encode_words


def call_view(record: Record) -> dict[str, Any]:
    """One call: who is in it and in which state, its transfers, its timings in ms."""
    call = record.call
    return {
        "id": call.id,
        "number": call.number,
        "platform": call.platform,
        "route": call.route,
        "phase": call.phase.value,
        "outcome": record.outcome,
        "display": call.display,
        "private": call.private,
        "came": [{"number": hop.number, "reason": hop.reason} for hop in call.way],
        "started_at": record.started_at.isoformat(),
        "parties": [
            *[
                party_view(party, agent=party.number if call.asks and party is call.caller else "")
                for party in call.parties
            ],
            *[supervisor_view(each) for each in call.supervisors],
        ],
        "transfers": [transfer_view(transfer) for transfer in call.transfers],
        "marks": {name: round(value, 2) for name, value in record.marks.items()},
        "recogniser_pending": record.pending,
        "transcript_state": record.transcript_state,
        "transcript_reason": record.transcript_reason,
        "queue": call.queue,
        "quiet": call.quiet,
        "silent": record.silent,
        "caution": _caution(call.caution),
        "quality": record.quality,
        "recording": recording_view(call.recorded),
        "incident": call.incident,
        "brought": record.brought["ticket"] if record.brought is not None else "",
    }


def _caution(caution: Verdict | None) -> dict[str, str] | None:
    """What is to be known of a caller marked for harassment: measure, rule and why."""
    if caution is None:
        return None
    return {"measure": caution.measure, "rule": caution.rule, "why": caution.why}


def recording_view(recorded: Recorded) -> str:
    """off, on or paused."""
    return "off" if not recorded.on else "paused" if recorded.paused else "on"


def party_view(party: Party, agent: str = "") -> dict[str, Any]:
    """One leg. agent: the extension behind an exchange that it is of, where its origin does not say so."""
    return {
        "leg": party.leg,
        "role": party.role,
        "speaker": party.speaker,
        "number": party.number,
        "agent": party.origin.name if party.origin.kind == "agent" else agent,
        "up": party.up,
        "holds": party.holds,
        "plays": party.play.sound if party.play else None,
        "aside": party.aside,
        "held": party.held,
        "secure": party.audio is not None and party.audio.keys is not None,
    }


def supervisor_view(supervisor: Supervisor) -> dict[str, Any]:
    """A supervisor's leg, beside the call's people; mode: listen, whisper or barge; state: dialling, ringing
    or talking."""
    state = "talking" if supervisor.party.up else "ringing" if supervisor.rings else "dialling"
    return {**party_view(supervisor.party), "mode": supervisor.mode, "state": state}


def transfer_view(transfer: Transfer) -> dict[str, Any]:
    """One press and what came of it; may: what its initiator can do with it now."""
    return {
        "id": transfer.id,
        "incident": transfer.incident,
        "number": transfer.number,
        "platform": transfer.platform,
        "mode": transfer.mode.value,
        "state": transfer.state.value,
        "reason": transfer.reason,
        "via": transfer.via,
        "may": list(open_to(transfer)),
    }


def utterance_view(utterance: Utterance) -> dict[str, Any]:
    """One utterance; start and end in seconds since the call began, words as in a ticket."""
    body = {
        "id": utterance.id,
        "speaker": utterance.speaker,
        "leg": utterance.leg,
        "start": round(utterance.start, 2),
        "end": round(utterance.end, 2),
        "text": utterance.text,
        "final": utterance.final,
    }
    return {**body, "words": encode_words(utterance.words)} if utterance.words else body
