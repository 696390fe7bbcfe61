"""Which page has which extension's telephone: one page at a time, and whether it takes calls.

Knows pages by what they can be told; decides who may have a telephone that somebody else has. A page that
went without a word has it still as long as its voice is there: a lost WebSocket is no reason to cut a call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol

from bridge.adapters.metrics import PHONE_TABS


class Page(Protocol):
    """One page's WebSocket. tab: the page's own name of itself, the same after it was loaded anew."""

    tab: str

    def tell(self, message: dict[str, Any]) -> None:
        """Say something; never waits."""

    def leave(self) -> None:
        """The telephone is another page's now."""


@dataclass
class Phone:
    """An extension's telephone. page: None while nobody is connected; tab: who had it last; ready: it rings
    for calls."""

    extension: str
    page: Page | None = None
    tab: str = ""
    ready: bool = False


class PhoneBook:
    """extensions: those that may have a telephone in the page; speaks: whether a call's voice is there at an
    extension; gone, back: told when an extension's last page went, or one came."""

    def __init__(
        self,
        extensions: Collection[str],
        *,
        speaks: Callable[[str], bool],
        gone: Callable[[str], None],
        back: Callable[[str], None],
    ) -> None:
        self._phones = {extension: Phone(extension) for extension in extensions}
        self._speaks, self._gone, self._back = speaks, gone, back

    def renew(self, extensions: Collection[str]) -> None:
        """Others from now on. Whoever is gone keeps it until their page leaves, and is not rung."""
        for extension in extensions:
            self._phones.setdefault(extension, Phone(extension))
        for extension in self._phones.keys() - set(extensions):
            if self._phones[extension].page is None:
                del self._phones[extension]
            else:
                self._phones[extension].ready = False

    def known(self, extension: str) -> bool:
        """Whether it may have a telephone in the page."""
        return extension in self._phones

    def reachable(self, extension: str) -> bool:
        """Whether it can be rung."""
        phone = self._phones.get(extension)
        return phone is not None and phone.page is not None and phone.ready

    def reached(self) -> list[str]:
        """All that can be rung."""
        return [extension for extension in self._phones if self.reachable(extension)]

    def has(self, page: Page, extension: str) -> bool:
        """Whether this page has the telephone."""
        phone = self._phones.get(extension)
        return phone is not None and phone.page is page

    def ready(self, extension: str) -> bool:
        """Whether it takes calls, if there is a page."""
        return self._phones[extension].ready

    def come(self, page: Page, extension: str, *, take: bool = False) -> bool:
        """A page wants the telephone; False: another one has it. take: all the same."""
        phone = self._phones[extension]
        before = phone.page
        if before is page:
            return True
        if not take and phone.tab != page.tab and (before is not None or self._speaks(extension)):
            return False
        if phone.tab != page.tab:
            phone.ready = False
        phone.page, phone.tab = page, page.tab
        if before is not None:
            before.leave()
        else:
            PHONE_TABS.inc()
        self._back(extension)
        return True

    def go(self, page: Page, extension: str) -> None:
        """The page is gone; harmless when it has no telephone."""
        if self.has(page, extension):
            self._phones[extension].page = None
            PHONE_TABS.dec()
            self._gone(extension)

    def make_ready(self, extension: str, *, ready: bool) -> None:
        """Calls, or none."""
        self._phones[extension].ready = ready

    def tell(self, extension: str, message: dict[str, Any]) -> None:
        """To the page that has the telephone, if there is one."""
        phone = self._phones.get(extension)
        if phone is not None and phone.page is not None:
            phone.page.tell(message)
