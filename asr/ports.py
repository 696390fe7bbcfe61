"""What the server asks of whatever recognises speech: Vosk, or a test's own."""

from __future__ import annotations

from typing import Protocol

from asr.options import Options


class Recogniser(Protocol):
    """One utterance's or stream's recogniser, used by one thread at a time; answers in Vosk's JSON."""

    def accept(self, pcm: bytes) -> str:
        """Decodes s16le mono PCM: a result if an utterance ended with it, else nothing."""
        ...

    def partial(self) -> str:
        """The interim result so far."""
        ...

    def finish(self) -> str:
        """The last result of what was fed."""
        ...


class Engine(Protocol):
    """A loaded model, shared by all streams."""

    @property
    def name(self) -> str:
        """What a client may call it."""
        ...

    @property
    def rate(self) -> int:
        """Its own sample rate in Hz."""
        ...

    @property
    def sha256(self) -> str:
        """Of its acoustic model, in hex: which model it was."""
        ...

    @property
    def phrases(self) -> bool:
        """Whether a client's phrase list has an effect: only a graph put together as it is used can be
        another's."""
        ...

    @property
    def software(self) -> str:
        """What decodes, with its version."""
        ...

    def recogniser(self, options: Options, at: int = 0) -> Recogniser:
        """A recogniser for a stream from its sample `at` on; words' times count from the stream's first
        sample. Blocks."""
        ...

    def give_back(self, recogniser: Recogniser) -> None:
        """A recogniser after its last result: another stream may have it, warm as it is."""
        ...
