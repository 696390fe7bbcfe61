"""Alerts are counted by kind and by what came of them."""

from __future__ import annotations

from prometheus_client import REGISTRY

from bridge.adapters.alert_meter import PrometheusAlerts


def counted(state: str) -> float:
    return REGISTRY.get_sample_value("bridge_alerts_total", {"danger": "d-test", "state": state}) or 0.0


def test_alerts_are_counted_by_kind_and_state() -> None:
    before = counted("raised"), counted("confirmed")
    meter = PrometheusAlerts()
    for state in ("raised", "raised", "confirmed"):
        meter.alert("d-test", state)
    assert (counted("raised"), counted("confirmed")) == (before[0] + 2, before[1] + 1)
