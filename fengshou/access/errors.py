"""What access refuses, each with a stable code and a way out."""

from __future__ import annotations

from fengshou.kernel import BankError, Kind


class CodeTooSoon(BankError):
    """A code was sent to this phone less than a minute ago."""

    code = "ACCESS.CODE_TOO_SOON"
    kind = Kind.BUSY
    zh = "验证码刚刚发出，请 {retry_after_s} 秒后再试"
    en = "A code was just sent. You can ask for another in {retry_after_s} seconds."


class RateLimited(BankError):
    """Too many requests for one phone or from one address within a window."""

    code = "ACCESS.RATE_LIMITED"
    kind = Kind.BUSY
    zh = "操作太频繁，请 {retry_after_s} 秒后再试"
    en = "Too many attempts. Please try again in {retry_after_s} seconds."


class SmsRefused(BankError):
    """The SMS carrier will not deliver to this number."""

    code = "ACCESS.SMS_REFUSED"
    kind = Kind.REFUSED
    zh = "短信未能发送到该号码，请核对号码或到网点办理"
    en = "No message could be sent to this number. Please check it, or visit a branch."


class CodeWrong(BankError):
    """The code is not the one that was sent; `tries_left` more before it dies."""

    code = "ACCESS.CODE_WRONG"
    kind = Kind.REFUSED
    zh = "验证码不对，还可以试 {tries_left} 次"
    en = "That code is not right. Tries left: {tries_left}."


class CodeEnded(BankError):
    """The code expired, was used, or died of wrong tries."""

    code = "ACCESS.CODE_ENDED"
    kind = Kind.REFUSED
    zh = "验证码已失效，请重新获取"
    en = "That code no longer works. Please ask for a new one."


class LogInWrong(BankError):
    """Phone and password do not belong together; it is not said which of them is wrong."""

    code = "ACCESS.LOG_IN_WRONG"
    kind = Kind.REFUSED
    zh = "手机号或密码不对"
    en = "The phone number or the password is not right."


class PasswordWrong(BankError):
    """The password of somebody who is logged in is wrong."""

    code = "ACCESS.PASSWORD_WRONG"
    kind = Kind.REFUSED
    zh = "密码不对，还可以试 {tries_left} 次"
    en = "That password is not right. Tries left: {tries_left}."


class LockedOut(BankError):
    """Five wrong tries in a row; each further lock lasts longer."""

    code = "ACCESS.LOCKED_OUT"
    kind = Kind.REFUSED
    zh = "输错次数过多，已暂时锁定，请 {retry_after_s} 秒后再试，或用短信重设密码"
    en = "Locked after too many wrong tries. Try again in {retry_after_s} seconds, or reset the password by SMS."


class Frozen(BankError):
    """The customer froze the log-in; resetting the password by SMS and ID number opens it again."""

    code = "ACCESS.FROZEN"
    kind = Kind.REFUSED
    zh = "该用户已冻结登录，请用短信和身份证号重设密码后解除"
    en = "Log-in is frozen. Reset the password with an SMS code and the ID number to open it again."


class NotRegistered(BankError):
    """The phone was proved by a code, and nobody is a customer with it yet."""

    code = "ACCESS.NOT_REGISTERED"
    kind = Kind.MISSING
    zh = "该手机号还没有开户，请先注册"
    en = "There is no customer with this number yet. Please register first."


class LogInDenied(BankError):
    """Risk refuses this log-in."""

    code = "ACCESS.LOG_IN_DENIED"
    kind = Kind.REFUSED
    zh = "为保护您的资金，本次登录已被拦截，请到网点或致电客服"
    en = "To protect your money this log-in was stopped. Please call us or visit a branch."


class NewDevice(BankError):
    """A first log-in on this device needs an SMS code as well (purpose `new_device`)."""

    code = "ACCESS.NEW_DEVICE"
    kind = Kind.STEP_UP
    zh = "首次在这台设备上登录，请再输入短信验证码"
    en = "This device is new. Please also enter an SMS code."


class PasswordWeak(BankError):
    """The new password breaks the policy; `reason` says how: length, mix, common or phone."""

    code = "ACCESS.PASSWORD_WEAK"
    kind = Kind.INVALID
    zh = "密码须为 8 至 64 位，同时含字母和数字，不能太常见，也不能含手机号"
    en = "Use 8 to 64 characters with letters and digits, nothing common, and not your phone number."


class PasswordExists(BankError):
    """A first password was to be set, and there is one: it can be changed or reset."""

    code = "ACCESS.PASSWORD_EXISTS"
    kind = Kind.CONFLICT
    zh = "您已设置过密码，请修改或重设密码"
    en = "You already have a password. Please change or reset it."


class IdentityMismatch(BankError):
    """The ID number is not the one on file."""

    code = "ACCESS.IDENTITY_MISMATCH"
    kind = Kind.REFUSED
    zh = "身份信息与留存的不一致，请核对或到网点办理"
    en = "The identity details do not match our records. Please check them, or visit a branch."


class PasskeyRefused(BankError):
    """The passkey's answer does not verify, or the passkey was removed."""

    code = "ACCESS.PASSKEY_REFUSED"
    kind = Kind.REFUSED
    zh = "通行密钥验证未通过，请重试或改用密码"
    en = "The passkey could not be verified. Try again, or use your password."


class ChallengeEnded(BankError):
    """The challenge expired, was used, or belongs to something else."""

    code = "ACCESS.CHALLENGE_ENDED"
    kind = Kind.REFUSED
    zh = "本次验证已过期，请重新开始"
    en = "This check has expired. Please start again."


class PasskeysFull(BankError):
    """A customer keeps at most `most` passkeys."""

    code = "ACCESS.PASSKEYS_FULL"
    kind = Kind.REFUSED
    zh = "最多保存 {most} 个通行密钥，请先删除不用的"
    en = "You can keep {most} passkeys. Please remove one first."


class LastFactor(BankError):
    """Removing it would leave no way to log in."""

    code = "ACCESS.LAST_FACTOR"
    kind = Kind.REFUSED
    zh = "这是您唯一的登录方式，请先设置密码"
    en = "This is your only way to log in. Please set a password first."


class SessionEnded(BankError):
    """No such session, or it expired, was idle too long, or was ended."""

    code = "ACCESS.SESSION_ENDED"
    kind = Kind.STEP_UP
    zh = "登录已过期，请重新登录"
    en = "Your session has ended. Please log in again."


class StepUp(BankError):
    """Prove more for this act: `level`, the `methods` that reach it, the `order_id` to prove for."""

    code = "ACCESS.STEP_UP"
    kind = Kind.STEP_UP
    zh = "请验证身份后继续"
    en = "Please confirm it is you to go on."


class LevelUnavailable(BankError):
    """The act asks for more than this bank can prove online today."""

    code = "ACCESS.LEVEL_UNAVAILABLE"
    kind = Kind.REFUSED
    zh = "金额超出手机上可以办理的额度，请减小金额或到网点办理"
    en = "This is above what can be done in the app. Choose a smaller amount, or visit a branch."


class Cooling(BankError):
    """A new device stays at the day limit of level 1 for its first day; `left_fen` may still go out."""

    code = "ACCESS.COOLING"
    kind = Kind.REFUSED
    zh = "这台设备绑定未满 24 小时，为保护您的资金只能办理小额，请减小金额或到网点办理"
    en = "This device is less than 24 hours old, so only small amounts can go out. Use less, or visit a branch."


class NoFactor(BankError):
    """The customer has neither password nor passkey yet."""

    code = "ACCESS.NO_FACTOR"
    kind = Kind.REFUSED
    zh = "请先设置密码或通行密钥"
    en = "Please set a password or a passkey first."


class EvidenceSpent(BankError):
    """The proof was spent on another act, or expired before the ledger saw it."""

    code = "ACCESS.EVIDENCE_SPENT"
    kind = Kind.CONFLICT
    zh = "身份验证已使用或已过期，请重新发起"
    en = "That confirmation was already used or has expired. Please start again."


class DayLimit(BankError):
    """The act would pass a limit of the day (or year)."""

    code = "ACCESS.DAY_LIMIT"
    kind = Kind.REFUSED
    zh = "超出累计限额，请减小金额、改日再试或到网点办理"
    en = "This passes your cumulative limit. Choose a smaller amount, wait, or visit a branch."


class DayNotTaken(BankError):
    """A release asks for more than was counted: a bug of the caller, never a customer's doing."""

    code = "ACCESS.DAY_NOT_TAKEN"
    kind = Kind.CONFLICT
    zh = "限额释放失败，请联系客服"
    en = "The limit could not be given back. Please contact us."
