"""The doors `python -m asr evaluate` and `python -m asr compare`.

What they need is imported when they run: the server, which begins at the same door, stays as small as its
work.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from asr.audio import Channel
from asr.command import DEMO_MODEL, JsonOption, ModelOption, fail, load
from asr.errors import CorpusError
from asr.evaluate.line import Band, Codec, Line
from asr.samples import Noise

if TYPE_CHECKING:
    from asr.evaluate.corpus import Entry
    from asr.evaluate.report import Load
    from asr.evaluate.run import Result
    from asr.vosk_engine import VoskEngine

PROGRESS_SECONDS: Final = 10.0
"""Between two words of progress on stderr; what is done sooner needs none."""

SHIPPED: Final = Path(__file__).parents[2] / "tests" / "data" / "held-out" / "held-out.tsv"
"""What two models are compared on when nothing is given: synthetic speech, to try the command with."""
_DATA: Final = "清单（TSV：文件名、制表符、文字），或 .wav 旁边有 .txt 的文件夹"

BandOption = Annotated[Band, typer.Option(help="phone：先经过模拟的电话线路（300–3400 Hz、G.711）")]
CodecOption = Annotated[Codec, typer.Option(help="电话线路的编码：A 律或 µ 律")]
SnrOption = Annotated[float | None, typer.Option(help="加噪声：信噪比，dB", min=-20, max=100)]
NoiseOption = Annotated[Noise, typer.Option(help="噪声：白、粉红、交流声、阵发")]
LossOption = Annotated[float, typer.Option(help="丢包，百分之几（要 --band phone）", min=0, max=50)]
BurstOption = Annotated[float, typer.Option(help="每次平均连续丢几个包（每包 20 毫秒）", min=1, max=50)]
SeedOption = Annotated[int, typer.Option(help="噪声和丢包的种子：相同的种子，相同的结果", min=0)]
ChannelOption = Annotated[Channel | None, typer.Option(help="双声道录音听哪一边")]
FillersOption = Annotated[bool, typer.Option("--ignore-fillers", help="语气词（嗯、呃、啊……）不算")]
JobsOption = Annotated[int, typer.Option(help="同时识别几段；0 表示与 CPU 核数相同", min=0, max=256)]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(evaluate)
    app.command()(compare)


def evaluate(
    data: Annotated[Path, typer.Argument(help=_DATA)],
    model: ModelOption = DEMO_MODEL,
    band: BandOption = "none",
    codec: CodecOption = "alaw",
    snr: SnrOption = None,
    noise: NoiseOption = "pink",
    loss: LossOption = 0.0,
    burst: BurstOption = 3.0,
    seed: SeedOption = 2023,
    channel: ChannelOption = None,
    ignore_fillers: FillersOption = False,
    jobs: JobsOption = 0,
    verbose: Annotated[bool, typer.Option("--verbose", help="每段一行，听错的列出两种文字")] = False,
    card: Annotated[Path | None, typer.Option(help="把各种线路下的结果写进这个模型说明卡")] = None,
    as_json: JsonOption = False,
) -> None:
    """用录音和它的文字测一个模型的字错率；数字、全角、繁简写法不同不算错，标点空格不算。

    整段都识别：不像 serve 那样略去静音和噪声，测的是模型。
    """
    from asr.evaluate import corpus, report, run

    if loss and band != "phone":
        fail("丢包只有电话线路才有：请加上 --band phone", 1, as_json=as_json)
    line = Line(band, codec, snr, noise, loss / 100, burst, seed)
    way = run.Way(line, fillers=not ignore_fillers, jobs=jobs or len(os.sched_getaffinity(0)))
    try:
        entries = corpus.load(data, channel)
        engine, cost = _loaded(model, as_json)
        if card is not None:
            _write_card(card, data, engine, entries, way.jobs)
            return
        results = run.evaluate(engine, entries, way, _progress(len(entries), verbose and not as_json))
    except CorpusError as error:
        fail(str(error), 1, as_json=as_json)
    found = report.Report(cost(), str(data), str(line), tuple(results))
    print(
        json.dumps(report.as_dict(found), ensure_ascii=False) if as_json else "\n".join(report.lines(found))
    )


def compare(
    a: Annotated[Path, typer.Argument(help="现在用的模型目录")],
    b: Annotated[Path, typer.Argument(help="要比的模型目录")],
    data: Annotated[Path, typer.Argument(help=f"{_DATA}；不给就用自带的合成语音")] = SHIPPED,
    band: BandOption = "none",
    codec: CodecOption = "alaw",
    snr: SnrOption = None,
    noise: NoiseOption = "pink",
    loss: LossOption = 0.0,
    burst: BurstOption = 3.0,
    seed: SeedOption = 2023,
    channel: ChannelOption = None,
    ignore_fillers: FillersOption = False,
    jobs: JobsOption = 0,
    as_json: JsonOption = False,
) -> None:
    """两个模型听同样的录音：字错率、差别是不是偶然、实时率、内存、定稿延迟。B 明显更差时退出码为 3。"""
    from asr.evaluate import compare as pairs

    options = {
        "--band": band,
        "--codec": codec,
        "--snr": snr,
        "--noise": noise,
        "--loss": loss,
        "--burst": burst,
        "--seed": seed,
        "--channel": channel,
        "--jobs": jobs,
    }
    if data == SHIPPED:
        print("没有给录音：用自带的合成语音，只能看命令怎么用，说明不了真实来电", file=sys.stderr)
    given = [f"{name}={value}" for name, value in options.items() if value is not None]
    try:
        result = pairs.compare(a, b, data, [*given, *(["--ignore-fillers"] if ignore_fillers else [])])
    except pairs.FailedError as error:
        fail(str(error), error.code, as_json=as_json)
    print(json.dumps(pairs.as_dict(result), ensure_ascii=False) if as_json else pairs.told(result))
    raise typer.Exit(3 if result.worse else 0)


def _loaded(path: Path, as_json: bool) -> tuple[VoskEngine, Callable[[], Load]]:
    """The model, and a question to be asked at the end: what it cost."""
    from asr.evaluate.report import Load
    from asr.evaluate.run import memory

    before, began = memory()[0], time.process_time()
    engine = load(path, as_json=as_json)
    seconds, taken = time.process_time() - began, memory()[0] - before
    folder = engine.folder
    return engine, lambda: Load(str(path), folder.name, folder.rate, folder.size, seconds, taken, memory()[1])


def _write_card(card: Path, data: Path, engine: VoskEngine, entries: list[Entry], jobs: int) -> None:
    from asr.evaluate import card as cards

    name = cards.name_of(data)
    try:
        text = card.read_text(encoding="utf-8")
        cards.with_section(text, name, "")  # a card without marks is told before the long work
        body = cards.table(engine, entries, jobs, _progress(len(entries) * len(cards.LINES)))
        written = cards.with_section(text, name, cards.section(name, engine, body))
        card.write_text(written, encoding="utf-8")
    except OSError as error:
        raise CorpusError((f"{card}：{error.strerror}",)) from error
    print(f"{card}：已写入 {name} 的表")


def _progress(count: int, verbose: bool = False) -> Callable[[Result], None]:
    """Tells how far it is now and then, and with `verbose` each recording."""
    from asr.evaluate.report import line_of

    began, told, finished = time.monotonic(), time.monotonic(), 0

    def done(result: Result) -> None:
        nonlocal told, finished
        finished += 1
        if verbose:
            print(line_of(result), flush=True)
        now = time.monotonic()
        if now - told >= PROGRESS_SECONDS:
            told, left = now, (now - began) / finished * (count - finished)
            print(f"已完成 {finished} / {count} 段，还要大约 {left:.0f} 秒", file=sys.stderr, flush=True)

    return done
