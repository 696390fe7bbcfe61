"""Our registrations as the configuration wants them."""

from __future__ import annotations

from collections.abc import Callable

from bridge.adapters.sip_register_line import Account
from bridge.routing.addresses import Place
from bridge.settings import Settings, Trunk


def accounts(settings: Settings, places: Callable[[str], tuple[Place, ...]]) -> dict[str, Account]:
    """By trunk; places: a trunk's addresses, best first."""
    return {
        name: made
        for name, trunk in settings.trunks.items()
        if (made := _account(trunk, lambda name=name: places(name))) is not None  # type: ignore[misc]
    }


def _account(trunk: Trunk, places: Callable[[], tuple[Place, ...]]) -> Account | None:
    wish = trunk.registration
    if wish is None:
        return None
    return Account(
        user=wish.user,
        domain=wish.domain or trunk.places[0].address.host,
        username=wish.username or wish.user,
        password=wish.secret,
        seconds=wish.expires_seconds,
        places=places,
    )
