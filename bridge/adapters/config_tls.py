"""The certificates a configuration names: where they are, and whether they can be used as they stand."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from typing import Any

from bridge.adapters.sip_tls import client_context, server_context
from bridge.settings import Settings, Trunk
from bridge.settings.partners import Tickets
from bridge.settings.problems import Path

_FILES = ("certificate", "key", "ca")


def absolute_tls(settings: Settings, folder: FilePath) -> Settings:
    """The same with every certificate's path counted from `folder`."""
    sip, own = settings.sip, settings.sip.tls
    if own is not None:
        sip = sip.model_copy(update={"tls": own.model_copy(update=_absolute(own, folder))})
    api = settings.api
    if api.tls is not None:
        paths = {"certificate": folder / api.tls.certificate, "key": folder / api.tls.key}
        api = api.model_copy(update={"tls": api.tls.model_copy(update=paths)})
    trunks = {
        name: trunk
        if trunk.tls is None
        else trunk.model_copy(update={"tls": trunk.tls.model_copy(update=_absolute(trunk.tls, folder))})
        for name, trunk in settings.trunks.items()
    }
    platforms = {
        name: platform.model_copy(update={"tickets": _absolute_door(platform.tickets, folder)})
        for name, platform in settings.platforms.items()
    }
    hooks = tuple(
        hook.model_copy(update={"door": _absolute_door(hook.door, folder)})
        for hook in settings.deadlines.hooks
    )
    deadlines = settings.deadlines.model_copy(update={"hooks": hooks})
    update = {"sip": sip, "api": api, "trunks": trunks, "platforms": platforms, "deadlines": deadlines}
    return settings.model_copy(update=update)


def _absolute_door(tickets: Tickets | None, folder: FilePath) -> Tickets | None:
    if tickets is None or tickets.tls is None:
        return tickets
    return tickets.model_copy(update={"tls": tickets.tls.model_copy(update=_absolute(tickets.tls, folder))})


def _absolute(section: Any, folder: FilePath) -> dict[str, FilePath]:
    return {key: folder / path for key in _FILES if (path := getattr(section, key)) is not None}


def check_tls(settings: Settings, complain: Callable[[Path, str], None]) -> None:
    """Load each once, as the bridge will."""
    own = settings.sip.tls
    if own is not None:
        try:
            server_context(own.certificate, own.key, own.ca)
        except OSError as error:
            complain(("sip", "tls"), _advice(error))
    page = settings.api.tls
    if page is not None:
        try:
            server_context(page.certificate, page.key, None)
        except OSError as error:
            complain(("api", "tls"), _advice(error))
    try:
        recogniser_trust(settings)
    except OSError as error:
        complain(("asr", "ca"), _advice(error))
    for name, trunk in settings.trunks.items():
        if trunk.transport == "tls":
            try:
                trunk_context(settings, trunk)
            except OSError as error:
                complain(("trunks", name, "tls" if trunk.tls is not None else "transport"), _advice(error))
    for path, tickets in _doors(settings):
        try:
            partner_trust(tickets)
        except OSError as error:
            complain((*path, "tls"), _advice(error))


def _doors(settings: Settings) -> Iterator[tuple[Path, Tickets]]:
    for name, platform in settings.platforms.items():
        if platform.tickets is not None:
            yield ("platforms", name, "tickets"), platform.tickets
    for place, hook in enumerate(settings.deadlines.hooks):
        if hook.door is not None:
            yield ("deadlines", "hooks", place, "door"), hook.door


def partner_trust(tickets: Tickets) -> ssl.SSLContext | None:
    """Whose certificate is believed of a ticket door, and what we show it; None: the system's authorities, no
    certificate of ours. Raises OSError."""
    tls = tickets.tls
    if tls is None:
        return None
    context = ssl.create_default_context(cafile=None if tls.ca is None else str(tls.ca))
    if tls.certificate is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    return context


def recogniser_trust(settings: Settings) -> ssl.SSLContext | None:
    """Whose certificates are believed of wss:// recognisers; None: the system's. Raises OSError."""
    ca = settings.asr.ca
    return None if ca is None else ssl.create_default_context(cafile=str(ca))


def trunk_context(settings: Settings, trunk: Trunk) -> ssl.SSLContext:
    """The context in which a trunk is called: its own files, else ours. Raises OSError."""
    own, tls = settings.sip.tls, trunk.tls
    ca = (tls.ca if tls else None) or (own.ca if own else None)
    if tls is not None and tls.certificate is not None:
        return client_context(ca, tls.certificate, tls.key)
    return client_context(ca, own.certificate if own else None, own.key if own else None)


def _advice(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return (
            f"证书用不了（{error.reason or error}）：certificate、key、ca 都要是 PEM 文件，"
            "key 要与 certificate 配对、不带口令"
        )
    return f"读不了证书文件（{error.strerror}）；检查路径和权限"
