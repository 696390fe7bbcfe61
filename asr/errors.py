"""The recogniser's errors, on one page.

Each names whose fault it is and what to do; `asr` knows nothing of `bridge`, so it has a tree of its own.
"""

from __future__ import annotations


class AsrError(Exception):
    """Anything the recogniser refuses; the message is for a person and says what to do instead."""

    id = "asr-error"


class ModelError(AsrError):
    """The folder given is not a Vosk model, or Vosk could not load it (administrator's fault)."""

    id = "asr-model"


class ProtocolError(AsrError):
    """A client's message that the vosk-server protocol does not know (peer's fault); the connection ends."""

    id = "asr-protocol"


class FullError(AsrError):
    """No place for one more stream; the client should try another server, or later."""

    id = "asr-full"


class AudioFileError(AsrError):
    """An audio file that cannot be read as mono 16-bit PCM WAV (user's fault)."""

    id = "asr-audio-file"


class CorpusError(AsrError):
    """A list of recordings and texts that cannot be measured with (user's fault); every problem at once."""

    id = "asr-corpus"

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
