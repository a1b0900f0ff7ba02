"""Their words to ours, and back. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from xml.etree.ElementTree import Element as Node

from fengshou.adapters.rail import codec
from fengshou.adapters.rail.forms import PACS_002, PACS_004, PACS_008, PACS_028
from fengshou.adapters.rail.messages import (
    CreditTransfer,
    Envelope,
    Message,
    Party,
    Return,
    Status,
    StatusReport,
    StatusRequest,
)

MEMO_CHARS_MAX = NAME_CHARS_MAX = 140


class RailState(StrEnum):
    """What we know of a transfer to the outside."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PENDING = "pending"
    RETURNED = "returned"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """Why an outcome is unknown; for logs, staff and deciding what to do next."""

    NOT_SENT = "not_sent"  # it surely never left us
    NO_ANSWER = "no_answer"  # it may have arrived: ask
    NOT_SEEN = "not_seen"  # the rail has never seen it: send the same message again
    UNREADABLE = "unreadable"  # it answered something that is not on its form
    REFUSED = "refused"  # it would not take the message as such: people must look
    CONFLICT = "conflict"  # it knows these ids with other contents: people must look


@dataclass(frozen=True, slots=True)
class RailAnswer:
    """What the rail says of one transfer.

    state                     `ACCEPTED`, `REJECTED` and `RETURNED` are said by the rail; only these are final
    message_id                of the rail's own message, the key to take it once; None when nothing came
    reason_code               ISO 20022 external reason code (see `REASONS`) of a rejection or return
    returned_fen              what came back, when `RETURNED`
    """

    state: RailState
    original_end_to_end_id: str
    original_message_id: str
    message_id: str | None = None
    reason_code: str | None = None
    returned_fen: int | None = None
    why: Why | None = None


_STATES = {
    Status.SETTLED: RailState.ACCEPTED,
    Status.PENDING: RailState.PENDING,
    Status.REJECTED: RailState.REJECTED,
}

# ISO 20022 external code sets ExternalStatusReason1Code and ExternalReturnReason1Code, those this rail uses.
REASONS: MappingProxyType[str, MappingProxyType[str, str]] = MappingProxyType(
    {
        code: MappingProxyType({"zh": zh, "en": en})
        for code, zh, en in (
            ("AC01", "收款账号不存在", "There is no such account."),
            ("AC04", "收款账户已销户", "The account is closed."),
            ("AC06", "收款账户已被冻结", "The account is blocked."),
            ("AG01", "收款账户不能接收这类转账", "The account cannot take this kind of transfer."),
            ("AM02", "金额超过对方银行的限额", "The amount is above the other bank's limit."),
            ("BE01", "户名与账号不符", "The name does not belong to the account."),
            ("MS03", "对方银行未说明原因", "The other bank gave no reason."),
            ("RC01", "收款银行行号不存在", "There is no bank with that code."),
        )
    }
)


def member_bank_code(institution: int) -> str:
    """The 12 digits under which a bank of the federation stands on the rail (fictional, like our rail)."""
    assert 0 < institution < 10_000
    return f"898{institution:04d}00000"


def plain(text: str, chars_max: int) -> str:
    """`text` as the rail can carry it: control characters become blanks, runs of blanks one, cut to length."""
    kept = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Cn") else char for char in text)
    return re.sub(r"\s+", " ", kept).strip()[:chars_max].strip()


def answer_from(report: StatusReport | Return) -> RailAnswer:
    """Our words for what the rail reported of one of our transfers."""
    if isinstance(report, Return):
        state, returned = RailState.RETURNED, report.fen
    else:
        state, returned = _STATES[report.status], None
    return RailAnswer(
        state,
        original_end_to_end_id=report.original_end_to_end_id,
        original_message_id=report.original_message_id,
        message_id=report.message_id,
        reason_code=report.reason_code,
        returned_fen=returned,
    )


def to_xml(envelope: Envelope) -> Node:
    """The message as XML. Raises `codec.BadMessage` when a value does not fit its form."""
    message = envelope.message
    name, body = _values(message)
    clearing = "FIId/FinInstnId/ClrSysMmbId"
    header = {
        f"Fr/{clearing}/ClrSysId/Cd": "CNAPS",
        f"Fr/{clearing}/MmbId": envelope.sender,
        f"To/{clearing}/ClrSysId/Cd": "CNAPS",
        f"To/{clearing}/MmbId": envelope.receiver,
        "BizMsgIdr": message.message_id,
        "MsgDefIdr": name,
        "CreDt": _instant(message.created_at),
    }
    body |= {"GrpHdr/MsgId": message.message_id, "GrpHdr/CreDtTm": _instant(message.created_at)}
    return codec.write(header, name, body)


def from_xml(node: Node) -> Envelope:
    """Read one message. Raises `codec.BadMessage`."""
    header, name, body = codec.read(node)
    if header["BizMsgIdr"] != body["GrpHdr/MsgId"]:
        raise codec.BadMessage("header and message name different ids")
    try:
        message = _READERS[name](body)
    except (ValueError, OverflowError) as error:
        raise codec.BadMessage(f"{name}: a value is out of range") from error
    clearing = "FIId/FinInstnId/ClrSysMmbId/MmbId"
    return Envelope(header[f"Fr/{clearing}"], header[f"To/{clearing}"], message)


def _values(message: Message) -> tuple[str, dict[str, str]]:
    match message:
        case CreditTransfer():
            return PACS_008, _transfer_values(message)
        case StatusReport():
            values = _original("TxInfAndSts", message) | {"TxInfAndSts/TxSts": message.status.value}
            if message.reason_code:
                values["TxInfAndSts/StsRsnInf/Rsn/Cd"] = message.reason_code
            return PACS_002, values
        case Return():
            return PACS_004, _original("TxInf", message) | {
                "GrpHdr/NbOfTxs": "1",
                "GrpHdr/SttlmInf/SttlmMtd": "CLRG",
                "TxInf/RtrdIntrBkSttlmAmt": _amount(message.fen),
                "TxInf/IntrBkSttlmDt": message.settle_on.isoformat(),
                "TxInf/RtrRsnInf/Rsn/Cd": message.reason_code,
            }
        case StatusRequest():
            return PACS_028, _original("TxInf", message)


def _transfer_values(transfer: CreditTransfer) -> dict[str, str]:
    top = "CdtTrfTxInf"
    values = {
        "GrpHdr/NbOfTxs": "1",
        "GrpHdr/SttlmInf/SttlmMtd": "CLRG",
        f"{top}/PmtId/EndToEndId": transfer.end_to_end_id,
        f"{top}/IntrBkSttlmAmt": _amount(transfer.fen),
        f"{top}/IntrBkSttlmDt": transfer.settle_on.isoformat(),
        f"{top}/ChrgBr": "SLEV",
    }
    for end, party in (("Dbtr", transfer.debtor), ("Cdtr", transfer.creditor)):
        values[f"{top}/{end}/Nm"] = plain(party.name, NAME_CHARS_MAX)
        values[f"{top}/{end}Acct/Id/Othr/Id"] = party.account
        values[f"{top}/{end}Agt/FinInstnId/ClrSysMmbId/ClrSysId/Cd"] = "CNAPS"
        values[f"{top}/{end}Agt/FinInstnId/ClrSysMmbId/MmbId"] = party.bank
    if memo := plain(transfer.memo, MEMO_CHARS_MAX):
        values[f"{top}/RmtInf/Ustrd"] = memo
    return values


def _original(top: str, message: StatusReport | Return | StatusRequest) -> dict[str, str]:
    return {
        f"{top}/OrgnlGrpInf/OrgnlMsgId": message.original_message_id,
        f"{top}/OrgnlGrpInf/OrgnlMsgNmId": PACS_008,
        f"{top}/OrgnlEndToEndId": message.original_end_to_end_id,
    }


def _read_transfer(body: dict[str, str]) -> CreditTransfer:
    top = "CdtTrfTxInf"
    debtor, creditor = (
        Party(
            bank=body[f"{top}/{end}Agt/FinInstnId/ClrSysMmbId/MmbId"],
            account=body[f"{top}/{end}Acct/Id/Othr/Id"],
            name=body[f"{top}/{end}/Nm"],
        )
        for end in ("Dbtr", "Cdtr")
    )
    return CreditTransfer(
        message_id=body["GrpHdr/MsgId"],
        end_to_end_id=body[f"{top}/PmtId/EndToEndId"],
        fen=_fen(body[f"{top}/IntrBkSttlmAmt"]),
        debtor=debtor,
        creditor=creditor,
        settle_on=date.fromisoformat(body[f"{top}/IntrBkSttlmDt"]),
        created_at=_moment(body),
        memo=body.get(f"{top}/RmtInf/Ustrd", ""),
    )


def _read_report(body: dict[str, str]) -> StatusReport:
    status, reason = Status(body["TxInfAndSts/TxSts"]), body.get("TxInfAndSts/StsRsnInf/Rsn/Cd")
    if status is Status.REJECTED and reason is None:
        raise ValueError("a rejection says why")
    message_id, end_to_end_id = _ids(body, "TxInfAndSts")
    return StatusReport(body["GrpHdr/MsgId"], _moment(body), message_id, end_to_end_id, status, reason)


def _read_return(body: dict[str, str]) -> Return:
    message_id, end_to_end_id = _ids(body, "TxInf")
    return Return(
        body["GrpHdr/MsgId"],
        _moment(body),
        message_id,
        end_to_end_id,
        _fen(body["TxInf/RtrdIntrBkSttlmAmt"]),
        date.fromisoformat(body["TxInf/IntrBkSttlmDt"]),
        body["TxInf/RtrRsnInf/Rsn/Cd"],
    )


def _read_request(body: dict[str, str]) -> StatusRequest:
    return StatusRequest(body["GrpHdr/MsgId"], _moment(body), *_ids(body, "TxInf"))


_READERS: dict[str, Callable[[dict[str, str]], Message]] = {
    PACS_008: _read_transfer,
    PACS_002: _read_report,
    PACS_004: _read_return,
    PACS_028: _read_request,
}


def _ids(body: dict[str, str], top: str) -> tuple[str, str]:
    if body[f"{top}/OrgnlGrpInf/OrgnlMsgNmId"] != PACS_008:
        raise ValueError("speaks of something that is not a credit transfer")
    return body[f"{top}/OrgnlGrpInf/OrgnlMsgId"], body[f"{top}/OrgnlEndToEndId"]


def _moment(body: dict[str, str]) -> datetime:
    return datetime.fromisoformat(body["GrpHdr/CreDtTm"]).astimezone(UTC)


def _instant(at: datetime) -> str:
    assert at.tzinfo is not None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _amount(fen: int) -> str:
    assert fen > 0
    return f"{fen // 100}.{fen % 100:02d}"


def _fen(text: str) -> int:
    yuan, cents = text.split(".")
    fen = int(yuan) * 100 + int(cents)
    if fen == 0:
        raise ValueError("nothing to move")
    return fen
