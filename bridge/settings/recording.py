"""The section about recording: what is kept, where, for how long, under which key. Pure."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Final

from pydantic import Field

from bridge.routing.plan import RecordPolicy
from bridge.settings.base import FilePath, HasSecret
from bridge.settings.fields import FeatureCode

KEY_SIZE: Final = 32


class Recording(HasSecret):
    """policy: for routes that do not say otherwise. The secret, where given, is the key recordings are sealed
    with. keep_days None: nothing is ever deleted by us. pause_code: keys that pause and resume."""

    policy: RecordPolicy = "never"
    folder: FilePath = Path("var/recordings")
    keep_days: int | None = Field(default=None, ge=1, le=36500)
    min_free_mb: int = Field(default=1024, ge=16)
    max_gb: float | None = Field(default=None, gt=0, strict=False)
    pause_code: FeatureCode | None = None

    @property
    def key(self) -> bytes | None:
        """The key, or None: recordings lie open. Raises LookupError if nobody has handed the secret in."""
        return read_key(self.secret) if self.names_secret else None


def read_key(text: str) -> bytes | None:
    """32 octets from base64 (`openssl rand -base64 32`) or hex; None when it is neither."""
    try:
        key = bytes.fromhex(text) if len(text) == 2 * KEY_SIZE else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return key if len(key) == KEY_SIZE else None
