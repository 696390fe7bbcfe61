"""Recordings at the command line, and the recorder process with what the configuration says of it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from bridge.errors import ConfigError, UnusableRecording
from bridge.media.g711 import RATE
from bridge.media.recording import Recording as Reader
from bridge.media.wav import HEADER_SIZE
from bridge.settings import Recording
from bridge.settings.recording import read_key

_PIECE: Final = 1 << 20
MEGABYTE: Final = 1 << 20


def keep(control: Path, strips: Path, wanted: Recording) -> int:
    """The recorder process, until SIGTERM; its exit status."""
    from bridge.recorder.run import run  # noqa: PLC0415 - `bridge recording` needs none of it

    quota = None if wanted.max_gb is None else round(wanted.max_gb * 1024) * MEGABYTE
    return run(control, strips, wanted.folder, wanted.key, wanted.min_free_mb * MEGABYTE, quota)


def show(file: Path, out: Path | None, config: Path, key_file: Path | None) -> str:
    """What there is to say about a recording; with `out`, written there as a plain WAV. Raises
    UnusableRecording, OSError."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
        sealed = file.suffix == ".sealed"
        recording = Reader(opened, _key(config, key_file) if sealed else None)
        seconds = (recording.size - HEADER_SIZE) / 2 / RATE
        if out is not None:
            with out.open("wb") as written:
                for at in range(0, recording.size, _PIECE):
                    written.write(recording.read(at, at + _PIECE))
    state = "不完整（写到一半被打断，已有的部分都在）" if recording.cut else "完整"
    return f"长度 {seconds:.1f} 秒，左声道诉求人，右声道其他人；{state}\nSHA-256 {digest}"


def _key(config: Path, key_file: Path | None) -> bytes | None:
    """The key in the file given, else the configured one."""
    if key_file is not None:
        key = read_key(key_file.read_text().strip())
        if key is None:
            raise UnusableRecording(f"{key_file} 里不是密钥（应是 32 字节的 base64 或十六进制）")
        return key
    from bridge.adapters.config_file import check  # noqa: PLC0415 - not needed with a key file

    try:
        return check(config).recording.key
    except ConfigError:
        raise UnusableRecording(f"配置 {config} 有错，读不到密钥；先 bridge check，或用 --key-file") from None
