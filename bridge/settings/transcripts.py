"""The section about stored transcripts: whether they are, under which key, and how they are shown. Pure."""

from __future__ import annotations

from bridge.settings.base import HasSecret
from bridge.settings.recording import read_key


class Transcripts(HasSecret):
    """store: every call's transcript goes into the database. The secret, where given, is the key they are
    sealed with. fillers: whether readable text keeps 嗯, 啊, 那个, unless a reader asks otherwise."""

    store: bool = True
    fillers: bool = True

    @property
    def key(self) -> bytes | None:
        """The key, or None: transcripts lie open. Raises LookupError if nobody has handed the secret in."""
        return read_key(self.secret) if self.names_secret else None
