"""The demo on a terminal: legs and states, captions, the ticket filling up, timings, and the steps so far.

Draws a `Picture` and a `Report`; changes neither. On anything but a terminal it writes one plain line a step.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bridge.demo.cast import Scene
from bridge.demo.report import Report
from bridge.demo.state import Json, Picture
from bridge.handling.words import STATE_NAMES

COLOURS: Final = {"caller": "bright_yellow", "12345": "bright_cyan", "110": "bright_magenta"}
LABELS: Final = {"caller": "诉求人", "12345": "12345 话务员", "110": "110 接警员"}
PHONES: Final = {"caller": "诉求人电话", "agent": "话务员话机", "desk": "对方席位"}
PHASES: Final = {
    "setup": "正在呼叫话务员",
    "talking": "通话中",
    "alone": "诉求人听回铃，等待对方",
    "recalling": "正在叫回话务员",
    "leaving": "播放结束语",
    "desks": "诉求人已挂机，两家协商",
    "over": "已结束",
}
STATES: Final = {
    "dialling": "正在呼叫对方",
    "ringing": "对方振铃",
    "connected": "转接成功",
    "failed": "转接未成功",
    "cancelled": "已取消",
    "abandoned": "诉求人已挂机",
    "recalled": "叫回话务员",
    "left-dialling": "正在呼叫对方",
    "left-ringing": "对方振铃",
    "joined": "三方通话",
    "consulting": "正在咨询对方，诉求人听音乐",
    "swapped": "与诉求人说话，对方听音乐",
    "returned": "对方已退出",
}
MODES: Final = {"direct": "直转", "conference": "三方通话", "consult": "咨询转接"}
REASONS: Final = {
    "busy": "对方占线",
    "silent": "无人接听",
    "dead": "线路不通",
    "refused": "对方拒接",
    "caller-left": "诉求人挂机",
    "left": "对方已挂机",
}
MARKS: Final = {
    "press_to_invite_ms": "按键 → INVITE 发出",
    "press_to_ticket_ms": "按键 → 工单送达",
    "press_to_answer_ms": "按键 → 对方接听",
}
ROWS: Final = 12
"""Captions shown: the last ones."""


def draw(picture: Picture, report: Report, scene: Scene, pages: tuple[str, str]) -> RenderableType:
    """The whole screen. pages: of our bridge and of the far side's."""
    ours, theirs = (page or "（启动中）" for page in pages)
    title = Text(f"一键转接演示：{scene.home} → {scene.away}", style="bold")
    where = Text(f"转接桥的网页：{scene.home} {ours}    {scene.away} {theirs}", style="dim")
    top = Columns([_legs(picture), _timings(picture, report)], expand=True, equal=True)
    return Group(title, where, top, _captions(picture), _ticket(picture), _handling(picture), _steps(report))


def _legs(picture: Picture) -> Panel:
    table = Table.grid(padding=(0, 2))
    over = picture.call.get("phase") == "over"
    for party in picture.call.get("parties", ()):
        who = LABELS.get(party["speaker"], party["speaker"])
        state = "○挂机" if over else "●通话" if party["up"] else "○呼叫中"
        plays = party["plays"] or ("hold" if party["aside"] else "")
        heard = f"  ♪ {plays}" if plays else ""
        table.add_row(Text(who, COLOURS.get(party["speaker"], "")), party["number"], state + heard)
    transfer = picture.transfer
    state = PHASES.get(picture.call.get("phase", ""), "等待来电")
    if transfer:
        why = str(transfer["reason"])
        reason = f"：{REASONS.get(why, why)}" if why else ""
        now = STATES.get(transfer["state"], transfer["state"])
        state = f"{state}  |  {MODES[transfer['mode']]}：{now}{reason}"
    return Panel(Group(Text(state, style="bold green"), table), title="话路", height=8)


def _timings(picture: Picture, report: Report) -> Panel:
    table = Table.grid(padding=(0, 2))
    marks = picture.call.get("marks", {})
    for name, label in MARKS.items():
        table.add_row(label, f"{marks[name]:.1f} 毫秒" if name in marks else "—")
    table.add_row("接听 → 双方听到声音", _ms(report.answer_to_audio_ms))
    table.add_row("诉求人最长无声", _ms(report.caller_gap_ms))
    table.add_row("转写字错率", "—" if report.cer is None else f"{report.cer:.1%}")
    return Panel(table, title="用时", height=8)


def _ms(value: float | None) -> str:
    return "—" if value is None else f"{value:.0f} 毫秒"


def _captions(picture: Picture) -> Panel:
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for item in picture.spoken[-ROWS:]:
        table.add_row(*_caption(item))
    return Panel(table if picture.spoken else Text("（还没有人说话）", style="dim"), title="实时转写")


def _caption(item: Json) -> tuple[str, Text, Text]:
    speaker = str(item["speaker"])
    who = Text(LABELS.get(speaker, speaker), COLOURS.get(speaker, ""))
    return (
        f"{item['start']:.1f}s",
        who,
        Text(item.get("readable") or item["text"], style="" if item["final"] else "dim italic"),
    )


def _ticket(picture: Picture) -> Panel:
    table = Table.grid(padding=(0, 2))
    source = picture.ticket or picture.draft
    for element in source.get("elements", {}).values():
        table.add_row(Text(element["label"], style="bold"), element["value"] or Text("…", style="dim"))
    category = source.get("category")
    if category:
        table.add_row(
            Text("事项类别", style="bold"), f"{category['name']}（依据：{'、'.join(category['evidence'])}）"
        )
    ticket = picture.ticket
    title = f"工单 {ticket['incident']}  第 {ticket['version']} 版" if ticket else "工单（按键后生成）"
    return Panel(table, title=title)


def _handling(picture: Picture) -> Panel:
    """How far the two platforms are with it, and since when, as our own bridge was told."""
    handling = picture.handling
    if not handling:
        return Panel(Text("（按键后开始）", style="dim"), title="办理")
    line = Text()
    for number, step in enumerate(handling["entered"]):
        line.append("  →  " if number else "")
        line.append(STATE_NAMES[step["state"]], style="bold green")
        line.append(f" {datetime.fromisoformat(step['at']).astimezone():%H:%M:%S}", style="dim")
    path = " → ".join(handling["path"])
    return Panel(line, title=f"办理  工单 {handling['ticket']}  经过 {path}")


def _steps(report: Report) -> Panel:
    lines = [
        Text(("✔ " if happened else "✘ ") + step, style="green" if happened else "bold red")
        for step, happened in report.steps.items()
    ]
    return Panel(Columns(lines, padding=(0, 3)), title="步骤")


def write_step(console: Console, step: str, *, happened: bool) -> None:
    """One plain line, for a log."""
    console.print(("✔ " if happened else "✘ ") + step, highlight=False)
