"""`bridge scope test | explain`: the lists tried by their administrator before they go live."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bridge.app.command import fail

if TYPE_CHECKING:
    from bridge.scope.reading import Reading, Scope
    from bridge.scope.suggestion import Suggestion
    from bridge.scope.trial import Outcome, Report, Score

FolderOption = Annotated[Path | None, typer.Option("--folder", help="事项清单所在的文件夹；不写就用配置里的")]
ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="配置文件")]
_MODES = {"direct": "直转", "conference": "三方通话"}
Percent = Annotated[float, typer.Option(min=0, max=100)]


def register(app: typer.Typer) -> None:
    """The commands of the command line."""
    group = typer.Typer(no_args_is_help=True, help="事项清单：检查、试验、说明理由")
    group.command("test")(try_examples)
    group.command("explain")(explain)
    app.add_typer(group, name="scope")


def try_examples(
    file: Annotated[Path, typer.Argument(help="标好答案的话：TSV（话、Tab、答案）或 YAML")],
    folder: FolderOption = None,
    config: ConfigOption = Path("config/bridge.yaml"),
    precision: Percent = 95.0,
    recall: Percent = 90.0,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """标好答案的话对了多少：每一类的准确率、召回率，错在哪里。低于 --precision、--recall 时退出码为 1。"""
    from bridge.adapters.scope_examples import examples
    from bridge.errors import ConfigError
    from bridge.scope.trial import try_all, with_kin

    scope = _scope(folder, config)
    try:
        report = try_all(scope, examples(file, scope))
    except ConfigError as error:
        for line in error.problems:
            typer.echo(line, err=True)
        fail(f"{file}: 例子有错，先改好", 2)
    classes = with_kin(scope, report)
    met = _met(report, precision / 100, recall / 100)
    if as_json:
        typer.echo(json.dumps(_as_json(report, classes, met), ensure_ascii=False, indent=1))
    else:
        for line in _as_text(scope, report, classes):
            typer.echo(line)
    raise typer.Exit(0 if met else 1)


def explain(
    text: Annotated[str, typer.Argument(help="诉求人说的话")],
    at: Annotated[str, typer.Option(help="接电话的平台")] = "12345",
    folder: FolderOption = None,
    config: ConfigOption = Path("config/bridge.yaml"),
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """一句话会推荐什么、为什么：各类别的得分和依据、方向、报警，哪些词没有算数。"""
    from bridge.scope.direction import direct
    from bridge.scope.reading import Said

    scope = _scope(folder, config)
    reading = scope.read([Said("", text)])
    direction, shouts = direct(scope, reading, at), scope.shouts(text)
    if as_json:
        told = {
            "ranked": [_one(item) for item in reading.ranked],
            "lines": [_one(item) for item in reading.lines],
            "direction": {name: getattr(direction, name) for name in direction.__slots__},
            "alerts": [{"danger": shout.danger, "said": shout.said} for shout in shouts],
            "passed": [{"class": item.owner, "said": item.said, "why": item.why} for item in reading.passed],
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    mode = f"（{_MODES.get(direction.mode, direction.mode)}）" if direction.mode else ""
    typer.echo(f"方向: {direction.go or '还听不出'}{mode}  {direction.why}")
    for label, value in (
        ("依据", direction.rule),
        ("同时通知", "、".join(direction.also)),
        ("对诉求人说", direction.say),
    ):
        if value:
            typer.echo(f"{label}: {value}")
    for shout in shouts:
        typer.echo(f"报警: {shout.said}（{shout.danger}）")
    for line in _explained(reading):
        typer.echo(line)


def _scope(folder: Path | None, config: Path) -> Scope:
    """The lists of the folder, else of the configuration, else those of the checkout."""
    from bridge.adapters.config_file import inspect
    from bridge.adapters.scope_files import load
    from bridge.errors import ConfigError
    from bridge.settings import Settings

    if folder is None:
        # Only where the lists are is asked of it: secrets and addresses may be missing on this machine.
        settings = inspect(config, machine=False).settings or Settings() if config.exists() else Settings()
        written = settings.scope.folder
        folder = config.absolute().parent / written if written is not None else None
    try:
        return load(folder)
    except ConfigError as error:
        for line in error.problems:
            typer.echo(line, err=True)
        fail("事项清单有错，先改好", 2)


def _met(report: Report, precision: float, recall: float) -> bool:
    judged = [score for score in (report.total, report.direction, report.alerts) if _counted(score)]
    return all(score.precision >= precision and score.recall >= recall for score in judged)


def _counted(score: Score) -> bool:
    return bool(score.right + score.false + score.missed)


def _explained(reading: Reading) -> list[str]:
    lines = []
    for item in (*reading.ranked, *reading.lines):
        mark, heard = "*" if item == reading.best else " ", "、".join(item.evidence)
        lines.append(f"{mark} {item.id} {item.name} {item.score} 分：{heard}")
    return [*lines, *(f"  不算数: {item.said}（{item.owner}，{item.why}）" for item in reading.passed)]


def _one(item: Suggestion) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "to": item.to,
        "score": item.score,
        "evidence": list(item.evidence),
    }


def _as_json(report: Report, classes: dict[str, Score], met: bool) -> dict[str, Any]:
    return {
        "examples": len(report.outcomes),
        "met": met,
        "total": _figures(report.total),
        "direction": _figures(report.direction),
        "alerts": _figures(report.alerts),
        "classes": {id: _figures(score) for id, score in sorted(classes.items())},
        "directions": {go: _figures(score) for go, score in sorted(report.directions.items())},
        "wrong": [
            {
                "line": item.example.line,
                "text": item.example.text,
                "wrong": list(item.wrong),
                "heard": _heard(item),
            }
            for item in report.wrong
        ],
    }


def _figures(score: Score) -> dict[str, float]:
    return {
        "precision": round(score.precision, 4),
        "recall": round(score.recall, 4),
        "right": score.right,
        "false": score.false,
        "missed": score.missed,
    }


def _as_text(scope: Scope, report: Report, classes: dict[str, Score]) -> list[str]:
    names = {item.id: item.name for item in scope.categories}
    lines = ["准确率  召回率   对  误  漏  类别"]
    lines += [_line(score, f"{id} {names[id]}") for id, score in sorted(classes.items())]
    lines += [_line(score, f"方向 {go}") for go, score in sorted(report.directions.items())]
    lines += [_told(item) for item in report.wrong]
    lines += [_line(report.total, "合计：类别")]
    lines += [_line(report.direction, "合计：方向")] if _counted(report.direction) else []
    lines += [_line(report.alerts, "合计：报警")] if _counted(report.alerts) else []
    return [*lines, f"{len(report.outcomes)} 句，{len(report.wrong)} 句有不对的"]


def _told(item: Outcome) -> str:
    heard = _heard(item) or "什么也没听出来"
    return f"第 {item.example.line} 行“{item.example.text}”：{'；'.join(item.wrong)}（{heard}）"


def _line(score: Score, words: str) -> str:
    counts = f"{score.right:4} {score.false:3} {score.missed:3}"
    return f"{score.precision:6.1%}  {score.recall:6.1%} {counts}  {words}"


def _heard(item: Outcome) -> str:
    return "；".join(f"{found.id}：{'、'.join(found.evidence)}" for found in item.reading.ranked[:2])
