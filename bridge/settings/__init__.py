"""The configuration as values: sections (what may be written), checks (what fits), tables (what rules read).

Pure pydantic. Files, environment and line numbers are `bridge.adapters.config_file`'s.
"""

from bridge.settings.base import HasSecret
from bridge.settings.calendar import CalendarRule, HoursRule
from bridge.settings.database import Database
from bridge.settings.deadlines import DeadlineHook, DeadlineRuleSetting, EscalationLevel
from bridge.settings.fields import Endpoint, Network, PortRange
from bridge.settings.harassment import Harassment, HarassmentRule
from bridge.settings.house import Api, Asr, Log, Media, Sip, Sounds, Token
from bridge.settings.partners import Tickets
from bridge.settings.reach import Peer, TrunkAddress
from bridge.settings.recording import Recording
from bridge.settings.sections import Settings
from bridge.settings.transcripts import Transcripts
from bridge.settings.webrtc import Webrtc
from bridge.settings.world import Agent, Credentials, Platform, RouteRule, TargetRule, Trunk

__all__ = [
    "Agent",
    "Api",
    "Asr",
    "CalendarRule",
    "Credentials",
    "Database",
    "DeadlineHook",
    "DeadlineRuleSetting",
    "Endpoint",
    "EscalationLevel",
    "Harassment",
    "HarassmentRule",
    "HasSecret",
    "HoursRule",
    "Log",
    "Media",
    "Network",
    "Peer",
    "Platform",
    "PortRange",
    "Recording",
    "RouteRule",
    "Settings",
    "Sip",
    "Sounds",
    "TargetRule",
    "Tickets",
    "Token",
    "Transcripts",
    "Trunk",
    "TrunkAddress",
    "Webrtc",
]
