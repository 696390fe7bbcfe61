"""The whole configuration as one frozen value.

Strict: an unknown key or a number where text belongs is an error, never guessed at. A bare `Settings()` is
right and complete: every section has defaults, nobody is connected yet.
"""

from __future__ import annotations

from pydantic import Field

from bridge.settings.base import Many, Section
from bridge.settings.calendar import CalendarRule
from bridge.settings.database import Database
from bridge.settings.deadlines import Deadlines
from bridge.settings.exchange import Exchange
from bridge.settings.harassment import Harassment
from bridge.settings.house import Api, Asr, Log, Media, ScopeLists, Sip, Sounds, Transfer
from bridge.settings.quality import Quality
from bridge.settings.recording import Recording
from bridge.settings.retention import Retention
from bridge.settings.supervision import Supervision
from bridge.settings.transcripts import Transcripts
from bridge.settings.waiting import AgentCodes, QueueRule
from bridge.settings.webrtc import Webrtc
from bridge.settings.world import Agent, Platform, RouteRule, Trunk


class Settings(Section):
    """The whole configuration. Maps are keyed by what people say: platform number, trunk name, extension."""

    sip: Sip = Sip()
    media: Media = Media()
    sounds: Sounds = Sounds()
    webrtc: Webrtc | None = None
    api: Api = Api()
    asr: Asr = Asr()
    recording: Recording = Recording()
    transcripts: Transcripts = Transcripts()
    scope: ScopeLists = ScopeLists()
    quality: Quality = Quality()
    database: Database = Database()
    retention: Retention = Retention()
    log: Log = Log()
    transfer: Transfer = Transfer()
    calendar: CalendarRule = CalendarRule()
    platforms: dict[str, Platform] = Field(default_factory=dict)
    exchange: Exchange = Exchange()
    trunks: dict[str, Trunk] = Field(default_factory=dict)
    agents: dict[str, Agent] = Field(default_factory=dict)
    queues: dict[str, QueueRule] = Field(default_factory=dict)
    agent_codes: AgentCodes = AgentCodes()
    silence_seconds: int = Field(default=12, ge=3, le=120)
    routes: Many[RouteRule] = ()
    harassment: Harassment = Harassment()
    supervision: Supervision = Supervision()
    deadlines: Deadlines = Deadlines()
