"""What an administrator wants to know of a model before going live with it: does it load, what is it, how
fast.

Loads the model for real and decodes something. Knows nothing of the command line: `asr.__main__` prints the
report.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from asr.audio import Clip
from asr.folder import SMALL_CN, Graph, ModelFolder, checksum
from asr.offline import transcribe
from asr.trial import attempt
from asr.vosk_engine import VoskEngine

_SILENCE = Clip(8000, bytes(32_000))
"""Two seconds decoded when no clip is given: shows that the model runs, and must give no text."""
GRAPHS: Final[dict[Graph, str]] = {
    "lookahead": "动态图 HCLr.fst + Gr.fst,短语表有效(可能听错的地名会再听一遍)",
    "static": "静态图 HCLG.fst,短语表无效(听错的地名只按读音纠正)",
    "both": "静态图 static/HCLG.fst(平时识别,省内存和 CPU)与动态图 HCLr.fst + Gr.fst(有短语表时才载入);"
    "短语表有效(可能听错的地名会再听一遍)",
}
"""What the report says of each kind."""


@dataclass(frozen=True, slots=True)
class Report:
    """A model that works. `size` in bytes, `rate` in Hz, `checksum` as folder.checksum, times in
    seconds."""

    path: str
    name: str
    rate: int
    graph: Graph
    phrases: bool
    size: int
    checksum: bool | None
    load_seconds: float
    clip: str
    clip_seconds: float
    decode_seconds: float
    text: str

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For people."""
        speed = self.decode_seconds / self.clip_seconds if self.clip_seconds else 0.0
        raised = ",8 kHz 的通话录音会先升采样" if self.rate > 8000 else ""
        return [
            f"模型:{self.name}({self.path})",
            f"采样率:{self.rate} Hz{raised}",
            f"解码图:{GRAPHS[self.graph]}",
            f"大小:{self.size / 1e6:.1f} MB,载入用时 {self.load_seconds:.2f} 秒",
            *self._checksum_line(),
            f"试解码:{self.clip},{self.clip_seconds:.1f} 秒音频用 {self.decode_seconds:.2f} 秒"
            f"(实时率 {speed:.3f})",
            f"文本:{self.text or '(空)'}",
        ]

    def _checksum_line(self) -> list[str]:
        if self.checksum is None:
            return []
        if self.checksum:
            return [f"校验:am/final.mdl 与 {SMALL_CN} 官方文件一致"]
        return [f"校验:am/final.mdl 与 {SMALL_CN} 官方文件不一致,可能下载损坏或被改动;请重新下载"]


def check(path: Path, clip: Clip | None, clip_name: str) -> Report:
    """Loads the model at `path` and decodes `clip` (None: silence). Raises ModelError."""
    attempt(path)
    began = time.monotonic()
    engine = VoskEngine(path)
    loaded = time.monotonic()
    sound = clip or _SILENCE
    text = transcribe(engine, sound)
    decoded = time.monotonic()
    return Report(
        **_facts(engine.folder),
        load_seconds=round(loaded - began, 3),
        clip=clip_name or "静音",
        clip_seconds=round(sound.seconds, 3),
        decode_seconds=round(decoded - loaded, 3),
        text=text,
    )


def _facts(folder: ModelFolder) -> dict[str, Any]:
    return {
        "path": str(folder.path),
        "name": folder.name,
        "rate": folder.rate,
        "graph": folder.graph,
        "phrases": folder.phrases,
        "size": folder.size,
        "checksum": checksum(folder),
    }
