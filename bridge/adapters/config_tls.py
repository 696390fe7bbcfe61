"""The certificates a configuration names: where they are, and whether they can be used as they stand."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

from bridge.adapters.sip_tls import client_context, server_context
from bridge.settings import Settings, Trunk
from bridge.settings.problems import Path
from bridge.settings.world import Platform

_FILES = ("certificate", "key", "ca")


def absolute_tls(settings: Settings, folder: FilePath) -> Settings:
    """The same with every certificate's path counted from `folder`."""
    sip, own = settings.sip, settings.sip.tls
    if own is not None:
        sip = sip.model_copy(update={"tls": own.model_copy(update=_absolute(own, folder))})
    trunks = {
        name: trunk
        if trunk.tls is None
        else trunk.model_copy(update={"tls": trunk.tls.model_copy(update=_absolute(trunk.tls, folder))})
        for name, trunk in settings.trunks.items()
    }
    platforms = {name: _absolute_door(platform, folder) for name, platform in settings.platforms.items()}
    return settings.model_copy(update={"sip": sip, "trunks": trunks, "platforms": platforms})


def _absolute_door(platform: Platform, folder: FilePath) -> Platform:
    tickets = platform.tickets
    if tickets is None or tickets.tls is None:
        return platform
    tls = tickets.tls.model_copy(update=_absolute(tickets.tls, folder))
    return platform.model_copy(update={"tickets": tickets.model_copy(update={"tls": tls})})


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

    for name, platform in settings.platforms.items():
        try:
            partner_trust(platform)
        except OSError as error:
            complain(("platforms", name, "tickets", "tls"), _advice(error))


def partner_trust(platform: Platform) -> ssl.SSLContext | None:
    """Whose certificate is believed of a platform's ticket door, and what we show it; None: the system's
    authorities, no certificate of ours. Raises OSError."""
    tls = platform.tickets.tls if platform.tickets is not None else None
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
