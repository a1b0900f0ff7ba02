"""What the party room refuses. Nothing here says whether a stranger is a customer of ours."""

from __future__ import annotations

from fengshou.kernel import BankError, Kind


class BadPhone(BankError):
    """Not a mainland mobile number."""

    code = "PARTY.BAD_PHONE"
    kind = Kind.INVALID
    zh = "手机号不对，请输入 11 位手机号"
    en = "That is not a mobile number. Please enter all 11 digits."


class BadIdNumber(BankError):
    """An identity number whose shape, birth date or check character is wrong."""

    code = "PARTY.BAD_ID_NUMBER"
    kind = Kind.INVALID
    zh = "身份证号不对，请核对 18 位号码"
    en = "That identity number is not right. Please check all 18 characters."


class BadName(BankError):
    """Not a name as it stands on an identity card."""

    code = "PARTY.BAD_NAME"
    kind = Kind.INVALID
    zh = "请填写身份证上的姓名"
    en = "Please enter the name as it stands on the identity card."


class PhoneTaken(BankError):
    """The phone is not free. Said alike whoever holds it."""

    code = "PARTY.PHONE_TAKEN"
    kind = Kind.CONFLICT
    zh = "这个手机号现在不能用于注册。如果是您的号码，请直接登录或到网点办理"
    en = "This phone cannot be used here now. If it is yours, log in or visit a branch."


class IdentityTaken(BankError):
    """The identity number belongs to another customer record."""

    code = "PARTY.IDENTITY_TAKEN"
    kind = Kind.CONFLICT
    zh = "这份身份信息不能在线上使用，请带身份证到网点办理"
    en = "This identity cannot be used online. Please bring your card to a branch."


class RealNameMismatch(BankError):
    """Name and number do not belong together, says the register."""

    code = "PARTY.REAL_NAME_MISMATCH"
    zh = "姓名和身份证号对不上，请核对后再试"
    en = "Name and identity number do not match. Please check both."


class RealNameNotFound(BankError):
    """The register does not know the number."""

    code = "PARTY.REAL_NAME_NOT_FOUND"
    zh = "没有查到这个身份证号，请核对，或到网点办理"
    en = "The register does not know this identity number. Check it, or visit a branch."


class RealNameUnavailable(BankError):
    """The register did not answer: nothing is decided, nobody is let through."""

    code = "PARTY.REAL_NAME_UNAVAILABLE"
    kind = Kind.BUSY
    zh = "身份核验暂时连不上，请稍后再试"
    en = "The identity check cannot be reached right now. Please try again later."


class RealNameTooOften(BankError):
    """More checks in a day than the rules allow."""

    code = "PARTY.REAL_NAME_TOO_OFTEN"
    zh = "今天核验次数已用完，请明天再试，或到网点办理"
    en = "No more identity checks today. Try tomorrow, or visit a branch."


class RealNameFixed(BankError):
    """A verified identity changes at a counter only."""

    code = "PARTY.REAL_NAME_FIXED"
    kind = Kind.CONFLICT
    zh = "您已完成实名认证，修改请到网点办理"
    en = "Your identity is already verified. To change it, visit a branch."


class RealNameNeeded(BankError):
    """The act needs a verified identity."""

    code = "PARTY.REAL_NAME_NEEDED"
    zh = "请先完成实名认证"
    en = "Please verify your identity first."


class TooYoung(BankError):
    """Below the age from which an account may be opened without a guardian."""

    code = "PARTY.TOO_YOUNG"
    zh = "未满 {age_min} 周岁，请由监护人陪同到网点办理"
    en = "Under {age_min}: please come to a branch with your guardian."


class CounterOnly(BankError):
    """This class of account is opened at a counter."""

    code = "PARTY.COUNTER_ONLY"
    zh = "这类账户需要本人到网点开立"
    en = "This class of account is opened in person at a branch."


class TooManyAccounts(BankError):
    """The most accounts of a class that a person may have at one bank."""

    code = "PARTY.TOO_MANY_ACCOUNTS"
    zh = "同一家银行最多开立 {accounts_max} 个这类账户，您已开满"
    en = "You already have the most accounts of this class at one bank ({accounts_max})."


class AccountNotOpen(BankError):
    """The account is not in the state the act needs."""

    code = "PARTY.ACCOUNT_NOT_OPEN"
    kind = Kind.CONFLICT
    zh = "账户当前状态不能这样办理"
    en = "The account is not in a state that allows this."


class CustomerClosed(BankError):
    """The customer's record is closed or blocked."""

    code = "PARTY.CUSTOMER_CLOSED"
    zh = "这个客户号已停用，请联系网点"
    en = "This customer record is no longer in use. Please contact a branch."


class LoginTaken(BankError):
    """The staff log-in name is used already."""

    code = "PARTY.LOGIN_TAKEN"
    kind = Kind.CONFLICT
    zh = "这个登录名已被使用"
    en = "This log-in name is already used."


class RoleMissing(BankError):
    """The member of staff does not hold a role that may do this."""

    code = "PARTY.ROLE_MISSING"
    zh = "您的岗位没有这项权限"
    en = "Your role does not allow this."


class SameHands(BankError):
    """The one who proposed a thing may not approve or refuse it."""

    code = "PARTY.SAME_HANDS"
    zh = "经办人和复核人不能是同一个人"
    en = "Whoever proposed this may not decide it."


class ProposalClosed(BankError):
    """The proposal was decided before, or its time is over."""

    code = "PARTY.PROPOSAL_CLOSED"
    kind = Kind.CONFLICT
    zh = "这项申请已经处理过，或已过期"
    en = "This proposal was already decided, or has expired."


class ProposalNotApproved(BankError):
    """What takes four eyes was to be done without an approved proposal for it, or with one that is used up."""

    code = "PARTY.PROPOSAL_NOT_APPROVED"
    zh = "这项操作要先由一位同事提出、另一位批准，目前还没有"
    en = "This takes one colleague's proposal and another's approval, and there is none."


class ProposalOpen(BankError):
    """Another proposal for the same act on the same subject waits for its decision."""

    code = "PARTY.PROPOSAL_OPEN"
    kind = Kind.CONFLICT
    zh = "同一事项已有申请在等待复核"
    en = "A proposal for this is already waiting."
