"""The forms of the rail: which elements of ISO 20022 each message carries here, in the standard's order.

The standard allows far more; like every real rail this one narrows it (a usage guideline). One line an
element: its path, `!` where it must stand, and the kind of its text. `Ccy` of an amount is always CNY.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

URN = "urn:iso:std:iso:20022:tech:xsd:"
HEAD = "head.001.001.02"
PACS_008, PACS_002, PACS_004, PACS_028 = (
    "pacs.008.001.08",
    "pacs.002.001.10",
    "pacs.004.001.09",
    "pacs.028.001.03",
)

KINDS = {
    "id": re.compile(r"[0-9A-Za-z./-]{1,35}"),
    "bank": re.compile(r"[0-9]{12}"),
    "account": re.compile(r"[0-9A-Za-z]{1,34}"),
    "text": re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]{1,140}"),
    "amount": re.compile(r"(?:0|[1-9][0-9]{0,12})\.[0-9]{2}"),
    "day": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "instant": re.compile(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9:]{5})"
    ),
    "reason": re.compile(r"[0-9A-Z]{4}"),
    "status": re.compile(r"ACSC|ACSP|RJCT"),
    "message": re.compile(r"pacs\.[0-9]{3}\.[0-9]{3}\.[0-9]{2}"),
    "CNAPS": re.compile("CNAPS"),
    "CLRG": re.compile("CLRG"),
    "SLEV": re.compile("SLEV"),
    "1": re.compile("1"),
}


@dataclass(frozen=True, slots=True)
class Element:
    """One line of a form."""

    path: str
    required: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Form:
    """A message's form: namespace, root (below `Document`, or the header itself), elements in order."""

    name: str
    root: str
    elements: tuple[Element, ...]

    @property
    def namespace(self) -> str:
        return URN + self.name


def _form(name: str, root: str, text: str) -> Form:
    elements = []
    for line in text.split("\n"):
        words = line.split()
        if words:
            elements.append(Element(words[0], "!" in words[1:-1], words[-1]))
    return Form(name, root, tuple(elements))


HEADER = _form(
    HEAD,
    "AppHdr",
    """
    Fr/FIId/FinInstnId/ClrSysMmbId/ClrSysId/Cd  ! CNAPS
    Fr/FIId/FinInstnId/ClrSysMmbId/MmbId        ! bank
    To/FIId/FinInstnId/ClrSysMmbId/ClrSysId/Cd  ! CNAPS
    To/FIId/FinInstnId/ClrSysMmbId/MmbId        ! bank
    BizMsgIdr                                   ! id
    MsgDefIdr                                   ! message
    CreDt                                       ! instant
    """,
)

FORMS = {
    PACS_008: _form(
        PACS_008,
        "FIToFICstmrCdtTrf",
        """
        GrpHdr/MsgId                                               ! id
        GrpHdr/CreDtTm                                             ! instant
        GrpHdr/NbOfTxs                                             ! 1
        GrpHdr/SttlmInf/SttlmMtd                                   ! CLRG
        CdtTrfTxInf/PmtId/EndToEndId                               ! id
        CdtTrfTxInf/IntrBkSttlmAmt                                 ! amount
        CdtTrfTxInf/IntrBkSttlmDt                                  ! day
        CdtTrfTxInf/ChrgBr                                         ! SLEV
        CdtTrfTxInf/Dbtr/Nm                                        ! text
        CdtTrfTxInf/DbtrAcct/Id/Othr/Id                            ! account
        CdtTrfTxInf/DbtrAgt/FinInstnId/ClrSysMmbId/ClrSysId/Cd     ! CNAPS
        CdtTrfTxInf/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId           ! bank
        CdtTrfTxInf/CdtrAgt/FinInstnId/ClrSysMmbId/ClrSysId/Cd     ! CNAPS
        CdtTrfTxInf/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId           ! bank
        CdtTrfTxInf/Cdtr/Nm                                        ! text
        CdtTrfTxInf/CdtrAcct/Id/Othr/Id                            ! account
        CdtTrfTxInf/RmtInf/Ustrd                                     text
        """,
    ),
    PACS_002: _form(
        PACS_002,
        "FIToFIPmtStsRpt",
        """
        GrpHdr/MsgId                              ! id
        GrpHdr/CreDtTm                            ! instant
        TxInfAndSts/OrgnlGrpInf/OrgnlMsgId        ! id
        TxInfAndSts/OrgnlGrpInf/OrgnlMsgNmId      ! message
        TxInfAndSts/OrgnlEndToEndId               ! id
        TxInfAndSts/TxSts                         ! status
        TxInfAndSts/StsRsnInf/Rsn/Cd                reason
        """,
    ),
    PACS_004: _form(
        PACS_004,
        "PmtRtr",
        """
        GrpHdr/MsgId                              ! id
        GrpHdr/CreDtTm                            ! instant
        GrpHdr/NbOfTxs                            ! 1
        GrpHdr/SttlmInf/SttlmMtd                  ! CLRG
        TxInf/OrgnlGrpInf/OrgnlMsgId              ! id
        TxInf/OrgnlGrpInf/OrgnlMsgNmId            ! message
        TxInf/OrgnlEndToEndId                     ! id
        TxInf/RtrdIntrBkSttlmAmt                  ! amount
        TxInf/IntrBkSttlmDt                       ! day
        TxInf/RtrRsnInf/Rsn/Cd                    ! reason
        """,
    ),
    PACS_028: _form(
        PACS_028,
        "FIToFIPmtStsReq",
        """
        GrpHdr/MsgId                              ! id
        GrpHdr/CreDtTm                            ! instant
        TxInf/OrgnlGrpInf/OrgnlMsgId              ! id
        TxInf/OrgnlGrpInf/OrgnlMsgNmId            ! message
        TxInf/OrgnlEndToEndId                     ! id
        """,
    ),
}
