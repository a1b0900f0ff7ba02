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


class SourceRefused(BankError):
    """A source is not read at all: too big, too deep, or with what only an attack needs. `at` names the place."""

    code = "PAGES.SOURCE_REFUSED"
    kind = Kind.INVALID
    zh = "这份页面不能保存：{reason}（{at}）"
    en = "This page cannot be kept: {reason} ({at})"


class LintFailed(BankError):
    """A version with problems cannot go to review; the first is named, `pages.lint` lists all."""

    code = "PAGES.LINT_FAILED"
    kind = Kind.INVALID
    zh = "还有 {count} 处要改，先看 {at}：{text}"
    en = "{count} things to mend first, beginning with {at}: {text}"


class DraftChanged(BankError):
    """Somebody saved this draft since it was opened."""

    code = "PAGES.DRAFT_CHANGED"
    kind = Kind.CONFLICT
    zh = "这份草稿刚被别人保存过（第 {revision} 次），请重新打开再改"
    en = "Somebody saved this draft since (revision {revision}). Open it again."


class StateWrong(BankError):
    """A version is not where this step begins."""

    code = "PAGES.STATE_WRONG"
    kind = Kind.CONFLICT
    zh = "这个版本现在是 {state}，不能这样做"
    en = "This version is {state} now; that step does not begin here"


class SameHandsPage(BankError):
    """Who made a version does not review it."""

    code = "PAGES.SAME_HANDS"
    kind = Kind.REFUSED
    zh = "自己做的页面要由别人复核"
    en = "Somebody else must review what you made"


class CommentsOpen(BankError):
    """A version with open comments is not approved."""

    code = "PAGES.COMMENTS_OPEN"
    kind = Kind.CONFLICT
    zh = "还有 {count} 条意见没有处理"
    en = "{count} comments are still open"


class Linked(BankError):
    """Other pages lead here; they would lead nowhere."""

    code = "PAGES.LINKED"
    kind = Kind.CONFLICT
    zh = "页面 {page} 还有链接指向这里，先改掉它"
    en = "The page {page} still leads here; change it first"


class VersionMissing(BankError):
    """There is no such version or page here, or it is another bank's."""

    code = "PAGES.VERSION_MISSING"
    kind = Kind.MISSING
    zh = "没有这个页面或版本"
    en = "There is no such page or version"


class GrayEmpty(BankError):
    """A gray run must name somebody: banks, tags, testers, or a share of everybody."""

    code = "PAGES.GRAY_EMPTY"
    kind = Kind.INVALID
    zh = "灰度要选对象：银行、标签、内部人员，或一个比例"
    en = "A gray run needs readers: banks, tags, testers, or a share of everybody"


class FormRefused(BankError):
    """A form does not hold the rules of the page it was sent from."""

    code = "PAGES.FORM_REFUSED"
    kind = Kind.INVALID
    zh = "{text_zh}"
    en = "{text_en}"
