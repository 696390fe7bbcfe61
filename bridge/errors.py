"""The error tree, on one page.

Every error names whose fault it is, its stable id, and what it becomes in SIP and in HTTP. The message is
for the person who can do something about it. Nothing here knows how errors are raised, logged or sent.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Fault = Literal["peer", "administrator", "agent", "us"]


class BridgeError(Exception):
    """The root: anything the bridge refuses or cannot do."""

    id: ClassVar[str] = "bridge-error"
    fault: ClassVar[Fault] = "us"
    sip_status: ClassVar[int] = 500
    http_status: ClassVar[int] = 500


# --- a stranger's bytes -------------------------------------------------------------------------------------


class PeerError(BridgeError):
    """The other side sent something we refuse; it is counted and the process lives."""

    id = "peer-error"
    fault = "peer"
    sip_status = 400
    http_status = 400


class MalformedSip(PeerError):
    """Bytes that are not a SIP message by RFC 3261 §25, or pass our limits. `part` is its metric label.

    `request`: a `Request` with the headers a response copies, when the message was a request that may be
    answered; `readable`: whether those headers can be read, or only be copied as they stand.
    """

    id = "malformed-sip"

    def __init__(self, message: str, part: str = "message") -> None:
        super().__init__(message)
        self.part = part
        self.request: object | None = None
        self.readable = True


class WrongSipVersion(MalformedSip):
    """A start line of another SIP than 2.0: 505."""

    id = "wrong-sip-version"
    sip_status = 505


class MalformedSdp(PeerError):
    """A body that is not a session description by RFC 8866."""

    id = "malformed-sdp"


class NoCommonCodec(PeerError):
    """An offer with none of PCMA, PCMU (RFC 3264 §6): 488."""

    id = "no-common-codec"
    sip_status = 488
    http_status = 422


class UnsupportedBody(PeerError):
    """A body that is no session description by its own word (RFC 3261 §21.4.13): 415."""

    id = "unsupported-body"
    sip_status = 415
    http_status = 415


class LoopDetected(PeerError):
    """A call of ours that came back to us, again and again (RFC 3261 §21.4.20): 482."""

    id = "loop-detected"
    sip_status = 482
    http_status = 409


class MalformedBody(PeerError):
    """A multipart body or recording metadata that cannot be read (RFC 2046, RFC 7865)."""

    id = "malformed-body"


class MalformedRtp(PeerError):
    """A datagram on a media port that is no usable RTP packet (RFC 3550 §5.1, wrong size or payload type)."""

    id = "malformed-rtp"


class MalformedRtcp(PeerError):
    """A datagram on a control port that is no RTCP compound packet (RFC 3550 §6.1, §A.2)."""

    id = "malformed-rtcp"


class MalformedNg(PeerError):
    """A datagram of rtpengine that is no answer by its NG protocol."""

    id = "malformed-ng"


class UnknownNetwork(PeerError):
    """A caller from an address no trunk or agent is known at: 403."""

    id = "unknown-network"
    sip_status = 403
    http_status = 403


class BadCredentials(PeerError):
    """Digest or token that proves nothing."""

    id = "bad-credentials"
    sip_status = 403
    http_status = 401


class BadSignature(PeerError):
    """A letter whose signature proves nothing. `why` is its metric label and tells the sender's developers
    where to look: missing-header, bad-id, bad-timestamp, stale, future, not-base64, unknown-version, no-key,
    wrong-signature."""

    id = "bad-signature"
    sip_status = 403
    http_status = 401

    def __init__(self, message: str, why: str = "wrong-signature") -> None:
        super().__init__(message)
        self.why = why


class WrongPassword(BadCredentials):
    """A login name and password that do not belong together; which of the two is wrong is never said."""

    id = "wrong-password"


class TooManyTries(PeerError):
    """Wrong passwords again and again, or more log-ins at once than are worked on. retry_after: seconds."""

    id = "too-many-tries"
    sip_status = 403
    http_status = 429

    def __init__(self, message: str = "", retry_after: int = 10) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BadRequest(PeerError):
    """A request to the HTTP interface that is not what its description asks for."""

    id = "bad-request"


class TooManyNotes(BadRequest):
    """A call that has as many marks and comments as anybody could read."""

    id = "too-many-notes"
    http_status = 409


class NoKey(BadRequest):
    """A transfer without a usable Idempotency-Key: nobody could tell a second press from a repeated one."""

    id = "no-idempotency-key"


class WeakPassword(BadRequest):
    """A password that is too easy to guess; the text says why, in Chinese."""

    id = "weak-password"


class KeyReused(PeerError):
    """An Idempotency-Key that already stands for another request."""

    id = "idempotency-key-reused"
    http_status = 422


class KeyBusy(PeerError):
    """The request with this Idempotency-Key is still being worked on."""

    id = "idempotency-key-busy"
    http_status = 409


class TooBig(PeerError):
    """A request body beyond our limit."""

    id = "body-too-big"
    http_status = 413


class NotAllowed(PeerError):
    """Known, but not for this: the token lacks the scope."""

    id = "not-allowed"
    sip_status = 403
    http_status = 403


class MustChangePassword(NotAllowed):
    """Logged in with a password that somebody else has set: nothing else before it is changed."""

    id = "must-change-password"


class LoginRefused(PeerError):
    """The identity provider's word was not enough: not its answer, not signed by it, stale, or without a
    role. The message says which, in Chinese, and holds nothing the provider said."""

    id = "login-refused"
    sip_status = 403
    http_status = 403


class ForeignPage(PeerError):
    """A browser acting for a page of another site (Origin is not our Host)."""

    id = "foreign-page"
    sip_status = 403
    http_status = 403


class TooManyMessages(PeerError):
    """A page that says more to its telephone than any hand could."""

    id = "too-many-messages"
    http_status = 429


class TooManyCalls(PeerError):
    """A number that calls more often than its limit: 486, which every network turns into a busy tone."""

    id = "too-many-calls"
    sip_status = 486
    http_status = 429


class NoSuchThing(PeerError):
    """Nothing at that address, or not with that method."""

    id = "no-such-thing"
    sip_status = 404
    http_status = 404


class BadDeed(PeerError):
    """A deed on a ticket that leaves out what it must say: 422."""

    id = "bad-deed"
    http_status = 422


class NotTheirDeed(PeerError):
    """A deed on a ticket by a platform whose turn it is not: 403."""

    id = "not-their-deed"
    http_status = 403


class DeedNotNow(PeerError):
    """A deed the ticket's state does not allow: 409. state: it is in; allowed: what this platform may do."""

    id = "deed-not-now"
    http_status = 409

    def __init__(self, message: str, state: str = "", allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.state, self.allowed = state, allowed


class VersionMoved(PeerError):
    """If-Match names a version that is no longer the newest (RFC 9110 §13.1.1): 412."""

    id = "version-moved"
    http_status = 412


class NoSuchTicket(PeerError):
    """No ticket of that number, or none of this platform's."""

    id = "no-such-ticket"
    http_status = 404


# --- an agent's wish that cannot be met ---------------------------------------------------------------------


class AgentError(BridgeError):
    """A wish that cannot be met; the call goes on as it was."""

    id = "agent-error"
    fault = "agent"
    sip_status = 603
    http_status = 409


class UnknownNumber(AgentError):
    """No route for that number: 404, and the call goes on."""

    id = "unknown-number"
    sip_status = 404
    http_status = 404


class NoSuchCall(AgentError):
    """The call is over, or never was."""

    id = "no-such-call"
    sip_status = 481
    http_status = 404


class NoSuchTrunk(AgentError):
    """A trunk that is not in the configuration."""

    id = "no-such-trunk"
    sip_status = 404
    http_status = 404


class NoSuchSession(AgentError):
    """A log-in that is over, or never was."""

    id = "no-such-session"
    sip_status = 404
    http_status = 404


class ConfigRefused(AgentError):
    """A configuration that is not taken over: it has faults, or fits only after a restart. problems: each one
    line, `file:line: text` in Chinese."""

    id = "config-refused"
    http_status = 409

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(f"文件里有 {len(problems)} 处要先改，什么也没有变")
        self.problems = problems


class NoSuchAgent(AgentError):
    """An extension that is in none of our queues."""

    id = "no-such-agent"
    sip_status = 404
    http_status = 404


class NoPhone(AgentError):
    """Somebody without a telephone in the page: no extension, or one that is not meant for it. The text says
    which, in Chinese."""

    id = "no-phone"
    sip_status = 404
    http_status = 404


class PhoneElsewhere(AgentError):
    """Another page has the telephone."""

    id = "phone-elsewhere"


class NoSuchTask(AgentError):
    """A call-back that is done already, or never was."""

    id = "no-such-task"
    sip_status = 404
    http_status = 404


class NoSuchLetter(AgentError):
    """No letter of that id was ever written to a partner."""

    id = "no-such-letter"
    sip_status = 404
    http_status = 404


class NotDead(AgentError):
    """A letter that need not be sent again: it waits, has arrived, or tells nothing new. The text says which,
    in Chinese."""

    id = "letter-not-dead"


class WrongMoment(AgentError):
    """The call is not in a state in which this can be done."""

    id = "wrong-moment"
    sip_status = 491
    http_status = 409


class NotTheirKey(AgentError):
    """The key was pressed by somebody who is not with the caller. 603, not 491: trying again won't help."""

    id = "not-their-key"
    sip_status = 603
    http_status = 409


class NotEntitled(AgentError):
    """Wants the place of a leg that is not theirs to replace (RFC 3891 §3): 403."""

    id = "not-entitled"
    sip_status = 403
    http_status = 403


class NotInCall(AgentError):
    """An agent's hand on a call they are not in, or whose telephone nobody knows."""

    id = "not-in-call"


class NoExtension(AgentError):
    """A supervisor without a telephone of their own wants one to be rung."""

    id = "no-extension"


class AlreadySupervised(AgentError):
    """The supervisor is in a call already, or the call has as many as it may have."""

    id = "already-supervised"


class SupervisorUnreachable(AgentError):
    """The supervisor's telephone is busy, away, or does not take the call. The text says which, in
    Chinese."""

    id = "supervisor-unreachable"


class NoSuchSupervisor(AgentError):
    """A supervisor's leg that is gone, or never was."""

    id = "no-such-supervisor"
    sip_status = 481
    http_status = 404


# --- the administrator's part -------------------------------------------------------------------------------


class AdministratorError(BridgeError):
    """Something an administrator can set right."""

    id = "administrator-error"
    fault = "administrator"


class ConfigError(AdministratorError):
    """A configuration that must not go live; `problems` lists every one as (file:line, what, what to
    write)."""

    id = "config-error"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UnusableSound(AdministratorError):
    """A WAV that cannot be played; the text says what is wrong with it and what to do, in Chinese."""

    id = "unusable-sound"


class NotAudited(BridgeError):
    """The reading could not be put on record, so nothing was read out."""

    id = "not-audited"
    http_status = 503


class NobodyHears(BridgeError):
    """No recogniser is to be had now; later one may be."""

    id = "nobody-hears"
    http_status = 503


class UnusableRecording(AdministratorError):
    """A recording that cannot be read: tampered with, or another key's; the text says so, in Chinese."""

    id = "unusable-recording"


class UnusableBatch(AdministratorError):
    """A file of carried letters that is not taken: damaged, forged, out of its turn; the text says which, in
    Chinese."""

    id = "unusable-batch"


class UnusableTranscript(AdministratorError):
    """A stored transcript that cannot be read: tampered with, or another key's; the text says so, in
    Chinese."""

    id = "unusable-transcript"


class UnusableData(AdministratorError):
    """Something in the database that cannot be opened: another key's, or tampered with; the text says so, in
    Chinese."""

    id = "unusable-data"


class NotYetOver(AdministratorError):
    """Something that can't be erased while its call goes on; the text says what, in Chinese."""

    id = "not-yet-over"


class UnusableBackup(AdministratorError):
    """A backup that can't be made or restored; the text says why and what to do, in Chinese."""

    id = "unusable-backup"


# --- our own limits -----------------------------------------------------------------------------------------


class Overload(BridgeError):
    """No media port, call slot or queue place left, or too much to do: new calls are refused, those in
    progress go on (503). retry_after: seconds the caller shall wait."""

    id = "overload"
    sip_status = 503
    http_status = 503

    def __init__(self, message: str = "", retry_after: int = 10) -> None:
        super().__init__(message)
        self.retry_after = retry_after
