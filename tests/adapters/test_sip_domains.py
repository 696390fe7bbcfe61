"""Which hosts are us or ours, and where a REFER may lead."""

from __future__ import annotations

from bridge.adapters.sip_domains import Domains
from bridge.settings import Endpoint, Peer, Trunk, TrunkAddress

TRUNKS = {
    "police": Trunk(hosts=("10.2.0.10",), target=Endpoint("10.2.0.10", 5060)),
    "county": Trunk(hosts=("10.3.0.10",), target=Endpoint("10.3.0.10", 5060)),
    "named": Trunk(targets=(TrunkAddress(address=Peer("sip.gaj.example", None)),)),
    "mute": Trunk(hosts=("10.4.0.10",)),
}
DOMAINS = Domains(("hotline.example",), TRUNKS, walled={"county"})


def test_hosts_of_ours_and_of_trunks_are_known() -> None:
    for host in ("", "hotline.example", "10.2.0.10", "10.3.0.10", "10.4.0.10", "sip.gaj.example"):
        assert DOMAINS.known(host), host
    for host in ("premium-rate.example", "10.2.0.11", "gaj.example"):
        assert not DOMAINS.known(host), host


def test_a_refer_leads_to_exchanges_we_call_and_past_no_platform_between() -> None:
    assert DOMAINS.trunk("10.2.0.10") == "police"
    assert DOMAINS.trunk("sip.gaj.example") == "named"
    assert DOMAINS.trunk("10.3.0.10") is None  # the county's: only the city 110 leads there
    assert DOMAINS.trunk("10.4.0.10") is None  # it only calls us
    assert DOMAINS.trunk("premium-rate.example") is None
