"""`bridge deadline explain`, as it is typed; what it says is `deadline_report`'s."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from bridge.app.command import ConfigOption, fail


def register(app: typer.Typer) -> None:
    """The commands of the command line."""
    group = typer.Typer(no_args_is_help=True, help="时限：一张工单要在什么时候之前办，为什么")
    group.callback()(lambda: None)  # a group of one command is a group
    group.command("explain")(explain)
    app.add_typer(group, name="deadline")


def explain(
    partner: Annotated[str, typer.Option(help="该做的平台，如 110")],
    category: Annotated[str, typer.Option(help="事项编号，如 a2-crime；不写 = 还不知道")] = "",
    urgency: Annotated[Literal["normal", "urgent", "danger"], typer.Option(help="紧急程度")] = "normal",
    at: Annotated[str | None, typer.Option(help="从什么时候算起，如 2026-09-30T17:00；默认现在")] = None,
    config: ConfigOption = Path("config/bridge.yaml"),
) -> None:
    """试算时限：每一项到什么时候、按哪条规则，每条规则符合不符合、为什么。"""
    from bridge.app.deadline_report import report
    from bridge.errors import AdministratorError, ConfigError
    from bridge.handling.deadline_rules import Case

    try:
        for line in report(config, Case(partner, category, urgency), at):
            typer.echo(line)
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        fail(f"{config}: 配置有错，先改好", 2)
    except AdministratorError as error:
        fail(str(error), 1)
