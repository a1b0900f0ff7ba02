"""What risk refuses or asks for. Sentences are coarse: the exact rule is for staff."""

from __future__ import annotations

from fengshou.kernel import BankError, Kind


class Denied(BankError):
    """The payment or log-in is not done; staff see which rule said so."""

    code = "RISK.DENIED"
    zh = "为保护您的资金，没有办理，钱没有动。{why_zh}"
    en = "To protect your money this was not done; nothing has moved. {why_en}"


class Challenge(BankError):
    """Prove more about who you are, up to `level`, then send the same request again."""

    code = "RISK.CHALLENGE"
    kind = Kind.STEP_UP
    zh = "请再验证一次身份。{why_zh}"
    en = "Please confirm once more that it is you. {why_en}"


class EventConflict(BankError):
    """The event's id was decided on before with another amount, payee or account."""

    code = "RISK.EVENT_CONFLICT"
    kind = Kind.CONFLICT
    zh = "这笔请求的编号用过了，内容却不一样，请重新发起"
    en = "This request number was used for something else. Please start again."


class DecisionSpent(BankError):
    """The decision was used already, has expired, or was a refusal."""

    code = "RISK.DECISION_SPENT"
    kind = Kind.CONFLICT
    zh = "这笔付款的核查结果已用过或过期，请重新发起，钱没有动"
    en = "The check of this payment was used or has run out. Please start again; nothing has moved."


class CaseMissing(BankError):
    """No such case at this bank."""

    code = "RISK.CASE_MISSING"
    kind = Kind.MISSING
    zh = "没有这宗案件"
    en = "There is no such case."


class CaseClosed(BankError):
    """The case was released, refused or ran out before, or is opened already."""

    code = "RISK.CASE_CLOSED"
    kind = Kind.CONFLICT
    zh = "这宗案件已经处理过了"
    en = "This case was already dealt with."


class CaseClaimed(BankError):
    """A colleague is working on the case."""

    code = "RISK.CASE_CLAIMED"
    kind = Kind.CONFLICT
    zh = "同事正在处理这宗案件"
    en = "A colleague is working on this case."


class NotRiskStaff(BankError):
    """Lists and cases are kept by risk officers and supervisors."""

    code = "RISK.NOT_STAFF"
    zh = "您的岗位不能办理这项业务"
    en = "Your role does not include this."


class RuleBroken(ValueError):
    """A rule cannot be read: a condition is malformed, or names no known feature. The linter says where."""
