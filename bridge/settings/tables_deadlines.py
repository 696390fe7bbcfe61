"""The configuration as deadlines read it: rules with their hours, and when somebody is told.

Only translates; expects settings that passed `checks`.
"""

from __future__ import annotations

from bridge.handling.amounts import read_amount
from bridge.handling.deadline_rules import DeadlineRule
from bridge.handling.heralds import Level, Warnings
from bridge.handling.timetable import Timetable
from bridge.routing.hours import Calendar
from bridge.settings.deadlines import DeadlineRuleSetting, read_share
from bridge.settings.sections import Settings
from bridge.settings.tables import calendar, hours


def timetable(settings: Settings) -> Timetable:
    """The rules in the file's order, and the house's working hours."""
    when = calendar(settings)
    return Timetable(
        tuple(_rule(settings, rule, when) for rule in settings.deadlines.rules),
        hours(settings.deadlines.working_hours, when),
    )


def warnings(settings: Settings) -> Warnings:
    """When somebody is reminded, and whom what is overdue is carried up to."""
    remind, levels = settings.deadlines.remind, settings.deadlines.escalate
    share = None if remind is None else read_share(remind)
    return Warnings(
        share if remind is None or share is not None else read_amount(remind),
        tuple(Level(read_amount(level.after), level.to) for level in levels),
    )


def _rule(settings: Settings, rule: DeadlineRuleSetting, when: Calendar) -> DeadlineRule:
    allows = {kind: None if text is None else read_amount(text) for kind, text in rule.written.items()}
    return DeadlineRule(
        name=rule.name,
        hours=hours(rule.working_hours or settings.deadlines.working_hours, when),
        partner=rule.partner,
        categories=rule.categories,
        urgency=rule.urgency,
        allows=allows,
    )
