"""Every figure the bridge shows to Prometheus, on one page; adapters count, nobody else defines.

Labels are few and bounded: never a call, a leg or a number.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

# --- recogniser ---------------------------------------------------------------------------------------------

ASR_STREAMS: Final = Gauge("bridge_asr_streams", "Legs whose voice goes to the recogniser")
ASR_FINALS: Final = Counter("bridge_asr_finals", "Final results of the recogniser with text")
ASR_DROPPED: Final = Counter(
    "bridge_asr_dropped_seconds",
    "Voice that no recogniser heard, by why: full, lost, unheard, closed",
    ["why"],
)
ASR_TROUBLE: Final = Counter("bridge_asr_trouble", "Connections to the recogniser that failed", ["error"])
NAMES: Final = Counter(
    "bridge_asr_names",
    "Places perhaps misheard: asked about once more, then confirmed, changed or kept; or skipped, failed",
    ["outcome"],
)
ASR_SERVER_UP: Final = Gauge(
    "bridge_asr_server_up", "1: streams are brought to that recogniser; 0: it is shut for a while", ["url"]
)
ASR_ANSWER: Final = Histogram(
    "bridge_asr_answer_seconds",
    "From a piece of voice sent to the recogniser's answer",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
)

# --- scope lists --------------------------------------------------------------------------------------------

ALERTS: Final = Counter(
    "bridge_alerts",
    "Danger words heard, by kind and what came of it: raised, confirmed, withdrawn",
    ["danger", "state"],
)

# --- media process ------------------------------------------------------------------------------------------

MEDIA_PORTS_FREE: Final = Gauge("bridge_media_ports_free", "Bound RTP ports on offer for new legs")
MEDIA_CONNECTS: Final = Counter("bridge_media_connects", "Connections made to the media process")
MEDIA_EVENTS: Final = Counter("bridge_media_events", "Events of the media process, by kind", ["kind"])
MEDIA_TAPS: Final = Counter("bridge_media_taps", "Pieces of voice from the media process", ["state"])
RTP_PACKETS: Final = Counter(
    "bridge_rtp_packets", "RTP packets of closed legs: in, out, lost, refused", ["state"]
)
RTP_LONGEST_GAP: Final = Histogram(
    "bridge_rtp_longest_gap_seconds",
    "Longest pause between packets sent to a leg, once for each closed leg",
    buckets=(0.025, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5, 1.0, 5.0),
)

RTP_MOS: Final = Histogram(
    "bridge_rtp_mos",
    "MOS (E-model) of closed legs: in, what came from them; out, what reached them by their reports",
    ["direction"],
    buckets=(1.5, 2.0, 2.5, 3.0, 3.3, 3.6, 3.8, 4.0, 4.2, 4.3, 4.5),
)
RTP_JITTER: Final = Histogram(
    "bridge_rtp_jitter_seconds",
    "Jitter of what came from a leg (RFC 3550), once for each closed leg",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16),
)
# --- rtpengine ----------------------------------------------------------------------------------------------

RTPENGINE_UP: Final = Gauge("bridge_rtpengine_up", "Whether rtpengine answers")
RTPENGINE_CALLS: Final = Counter(
    "bridge_rtpengine_calls",
    "Calls of routes that relay by rtpengine: passed, fallback (our relay instead), home (taken over later)",
    ["how"],
)
RTPENGINE_MALFORMED: Final = Counter(
    "bridge_rtpengine_malformed", "Datagrams of rtpengine that are no answer"
)

# --- supervisors --------------------------------------------------------------------------------------------

SUPERVISORS: Final = Gauge(
    "bridge_supervisors", "Supervisors in calls now, by mode: listen, whisper, barge", ["mode"]
)
SUPERVISIONS: Final = Counter(
    "bridge_supervisions", "Times a supervisor began to listen, whisper or barge in", ["mode"]
)
SUPERVISIONS_MISSED: Final = Counter(
    "bridge_supervisions_missed",
    "Supervisors' telephones that did not come into the call, by why: busy, silent, dead, refused, left, "
    "lost, withdrawn, over",
    ["why"],
)

# --- recordings ---------------------------------------------------------------------------------------------

RECORDINGS: Final = Counter(
    "bridge_recordings", "Finished recordings, by how they ended: whole, cut, full, failed", ["end"]
)
RECORDING_SECONDS: Final = Counter("bridge_recording_seconds", "Length of finished recordings")
RECORDING_MISSING: Final = Counter(
    "bridge_recording_missing_seconds", "Voice that should have been recorded and was lost on the way"
)
RECORDING_TROUBLE: Final = Gauge(
    "bridge_recording_trouble",
    "1 while recordings are not made: disk-full, quota, write-failed, slow-disk, recorder-gone",
    ["why"],
)
RECORDING_DELETED: Final = Counter("bridge_recordings_deleted", "Recordings deleted after keep_days")

# --- transcripts --------------------------------------------------------------------------------------------

TRANSCRIPT_LOST: Final = Counter(
    "bridge_transcript_lost_finals", "Finals that were not stored because the database was gone for too long"
)

# --- signalling ---------------------------------------------------------------------------------------------

SIP_REFUSED: Final = Counter("bridge_sip_refused", "Requests and messages we refused, by why", ["why"])
SIP_DATAGRAMS: Final = Counter("bridge_sip_datagrams", "SIP datagrams received")
SIP_UNSENT: Final = Counter("bridge_sip_unsent", "SIP datagrams the system did not take, by errno", ["error"])
SIP_STREAM_MESSAGES: Final = Counter(
    "bridge_sip_stream_messages", "SIP messages received over connections, by transport", ["transport"]
)
SIP_CONNECTIONS: Final = Gauge("bridge_sip_connections", "SIP connections, by transport", ["transport"])
SIP_CONNECTIONS_ENDED: Final = Counter(
    "bridge_sip_connections_ended",
    "SIP connections ended or not let in, by why: closed, idle, slow, unreadable, deaf, unanswered-ping, "
    "certificate, tls, unreachable, unknown-network, per-source, full, stopped",
    ["why"],
)
OVERLOAD_LEVEL: Final = Gauge(
    "bridge_overload_level",
    "0: every new call is let in; up to 6: fewer and fewer, then emergency calls only",
)
SIP_KEEPALIVES: Final = Counter("bridge_sip_keepalives", "OPTIONS sent to hold a telephone's NAT open")
SIP_UNREACHABLE: Final = Counter("bridge_sip_unreachable", "ICMP answers: nobody listens where we sent to")
SIP_EVENT_FAILURES: Final = Counter(
    "bridge_sip_event_failures", "Events whose handling raised: a defect of ours", ["event"]
)

# --- trunks -------------------------------------------------------------------------------------------------

TRUNK_UP: Final = Gauge("bridge_trunk_up", "Probed trunks: 1 some address answers, 0 none does", ["trunk"])
TRUNK_CALLS: Final = Gauge("bridge_trunk_calls", "Calls on a trunk, both ways", ["trunk"])
TRUNK_PROBES: Final = Counter(
    "bridge_trunk_probes", "OPTIONS sent to a trunk's addresses: answered, silent", ["trunk", "result"]
)
TRUNK_REGISTERED: Final = Gauge(
    "bridge_trunk_registered", "Trunks we register with: 1 the registration stands, 0 not", ["trunk"]
)
TRUNK_REGISTERS: Final = Counter(
    "bridge_trunk_registers", "Answers to our REGISTERs: 2xx, 4xx …", ["trunk", "result"]
)
SIP_FAILOVERS: Final = Counter(
    "bridge_sip_failovers", "Calls that went to the next address of the same place (RFC 3263)"
)
DNS_FAILURES: Final = Counter("bridge_dns_failures", "Names of trunks that were not found", ["trunk"])

# --- database and tickets -----------------------------------------------------------------------------------

DB_WRITE: Final = Histogram(
    "bridge_db_write_seconds",
    "One write transaction, from the door to the disk",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0),
)
OUTBOX_LETTERS: Final = Gauge(
    "bridge_outbox_letters", "Ticket versions not delivered: waiting, parked, expired", ["state"]
)
PUSH_ATTEMPTS: Final = Counter(
    "bridge_push_attempts",
    "Posts to ticket platforms, by how they ended: delivered, unreachable, busy, refused, untrusted (TLS), "
    "forbidden (its name leads inside), untargeted, expired",
    ["result"],
)
PUSH_SECONDS: Final = Histogram(
    "bridge_push_seconds",
    "From a ticket version written to its acknowledgement",
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 5.0, 30.0, 300.0),
)

LETTERS_REFUSED: Final = Counter(
    "bridge_letters_refused", "Partners' letters whose signature proves nothing, by why", ["platform", "why"]
)
MIDDLE_ROWS: Final = Counter(
    "bridge_middle_rows", "Rows partners wrote into a middle database: done, refused", ["platform", "state"]
)
MIDDLE_UP: Final = Gauge(
    "bridge_middle_up", "Whether the partner's middle database can be read", ["platform"]
)
PARTNER_UP: Final = Gauge(
    "bridge_partner_up",
    "0: the partner's ticket door has failed again and again, it is asked now and then",
    ["platform"],
)
PARTNER_LETTERS: Final = Gauge(
    "bridge_partner_letters",
    "Letters a partner has not: waiting, parked, expired",
    ["platform", "state"],
)
PARTNER_OLDEST: Final = Gauge(
    "bridge_partner_oldest_seconds", "Age of the oldest letter that waits for a partner", ["platform"]
)

# --- reception ----------------------------------------------------------------------------------------------

API_ANSWERS: Final = Counter(
    "bridge_api_answers", "Answers by method, route and status", ["method", "route", "status"]
)
API_REFUSED: Final = Counter("bridge_api_refused", "Requests refused at the door, by why", ["why"])
API_LOGINS_REFUSED: Final = Counter(
    "bridge_api_logins_refused", "Log-ins that came to nothing: unknown, wrong, disabled, waiting", ["why"]
)
API_LIVE: Final = Gauge("bridge_api_live", "Pages and programs on the live feed")
API_LIVE_LOST: Final = Counter(
    "bridge_api_live_lost", "Events that listeners too slow for the feed did not get"
)

# --- telephones in the browser -----------------------------------------------------------------------------

PHONE_TABS: Final = Gauge("bridge_phone_tabs", "Pages that have a telephone")
PHONE_LEGS: Final = Gauge("bridge_phone_legs", "Calls at telephones in the browser")
PHONE_GONE: Final = Gauge("bridge_phone_gone", "Browsers' calls without a voice now: callers hear music")
PHONE_ENDS: Final = Counter("bridge_phone_ends", "Their calls that are over, by what came last", ["why"])
PHONE_AWAY: Final = Counter(
    "bridge_phone_away", "Times a browser's voice was gone in mid-call, by what came of it", ["outcome"]
)
PHONE_REFUSED: Final = Counter("bridge_phone_refused", "Messages of pages that were refused, by why", ["why"])
WEBRTC_CONNECTS: Final = Counter("bridge_webrtc_connects", "Connections made to a webrtc process")
WEBRTC_TOLD: Final = Counter("bridge_webrtc_told", "News of the webrtc process, by kind", ["kind"])

# --- queues -------------------------------------------------------------------------------------------------

QUEUE_CALLERS: Final = Counter(
    "bridge_queue_callers",
    "What became of a queue's callers: answered, abandoned, overflowed",
    ["queue", "outcome"],
)
QUEUE_WAIT: Final = Histogram(
    "bridge_queue_wait_seconds",
    "How long a queue's callers waited for that",
    ["queue", "outcome"],
    buckets=(1, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600),
)
QUEUE_WAITING: Final = Gauge("bridge_queue_waiting", "Callers who wait in a queue now", ["queue"])
CALLERS_ANSWERED: Final = Counter("bridge_callers_answered", "Callers over a trunk with whom somebody spoke")
CALLERS_GONE: Final = Counter(
    "bridge_callers_gone",
    "Callers nobody spoke with, by where they went: ringing, queue, recall, transfer, goodbye (these are "
    "abandoned), unanswered, silent",
    ["stage"],
)
CALLBACKS_OPEN: Final = Gauge("bridge_callbacks_open", "Numbers that are to be called back")

# --- deadlines ----------------------------------------------------------------------------------------------

DEADLINES_OVERDUE: Final = Gauge(
    "bridge_deadlines_overdue",
    "Deadlines that are overdue now, by the platform that owes them and their kind",
    ["platform", "kind"],
)
DEADLINES_SAID: Final = Counter(
    "bridge_deadlines_said", "Deadlines somebody was told of: reminder, overdue, escalated", ["word"]
)
