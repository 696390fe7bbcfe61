"""A caller in a queue of ours: what the queue's word means for the one call.

Pure. Which agent is whose turn, and how long anybody may wait, is the queue's rule (`bridge.queues`) and is
the same for all its callers; here its word becomes a leg to ring, music, announcements, or the next target.
"""

from __future__ import annotations

from bridge.calls.actions import Answer
from bridge.calls.call import Call, Phase, Step, change
from bridge.calls.queue_events import Assigned, QueueEnds, QueueSays, QueueWaits
from bridge.calls.ringing import dial_next, ring, say
from bridge.frozen import replace

QueueEvent = Assigned | QueueWaits | QueueSays | QueueEnds


def on_queue(call: Call, event: QueueEvent) -> Step:
    """The queue's word. It comes late when the caller has just left the queue: then it changes nothing."""
    if not call.queue or call.ringing:
        return call, ()
    match event:
        case Assigned(target):
            return ring(call, target)
        case QueueWaits():
            return _wait(call)
        case QueueSays(sound):
            return _announce(call, sound)
        case QueueEnds(targets):
            others = (replace(target, number=target.number or call.number) for target in targets)
            return dial_next(replace(call, queue="", targets=(*others, *call.targets)))


def _wait(call: Call) -> Step:
    """Answered, because early media is not heard through every network, and a caller who hears nothing hangs
    up. One who was answered before hears the music already."""
    if call.phase is not Phase.SETUP:
        return call, ()
    leg = call.caller.leg
    return replace(change(call, leg, up=True, early=False), phase=Phase.QUEUED), (Answer(leg),)


def _announce(call: Call, sound: str) -> Step:
    """Nothing is cut short: who hears an announcement hears the next one another time."""
    caller = call.caller
    if not caller.up or caller.play is not None:
        return call, ()
    return say(call, caller.leg, sound), ()
