"""What the room of pages refuses."""

from __future__ import annotations

from fengshou.kernel import BankError, Kind


class PageMissing(BankError):
    """No page has this hash: the client holds an old manifest and should ask for a new one."""

    code = "PAGES.MISSING"
    kind = Kind.MISSING
    zh = "这个页面已经更新，请刷新后再看"
    en = "This page has changed. Please refresh."


class PageStale(BankError):
    """A form was sent from a page that is no longer published to this reader."""

    code = "PAGES.STALE"
    kind = Kind.CONFLICT
    zh = "页面刚刚更新，请核对后重新提交"
    en = "This page was just updated. Please check and send again."


class NothingPublished(BankError):
    """No release of pages is live yet."""

    code = "PAGES.NONE"
    kind = Kind.BUSY
    zh = "页面正在准备，请稍候再来"
    en = "The pages are being prepared. Please come back in a moment."
