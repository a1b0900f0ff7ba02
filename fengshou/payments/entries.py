"""The book entries of a payment's life: pure shapes, no database, no clock.

A plain payment posts at once. A held or outside payment first reserves amount and fee on the payer's
account against the bank's funds in flight, and later settles or gives them back.
"""

from __future__ import annotations

from fengshou.ledger import (
    PEND,
    SETTLE,
    VOID,
    AccountRef,
    Posting,
    between_banks,
    own_account,
)
from fengshou.payments.model import (
    CODE_FEE,
    CODE_OUTSIDE,
    CODE_RETURN,
    CODE_TRANSFER,
    FEE_SUBJECT,
    IN_FLIGHT_SUBJECT,
    KEPT_SUBJECT,
    RAIL_SUBJECT,
    Order,
)


def at_once(order: Order) -> tuple[Posting, ...]:
    """Payer to payee within the federation, and the fee."""
    assert order.payee is not None
    fee = own_account(order.bank, FEE_SUBJECT)
    legs = between_banks(order.payer, order.payee, order.amount_fen, CODE_TRANSFER)
    return legs + ((Posting(order.payer, fee, order.fee_fen, code=CODE_FEE),) if order.fee_fen else ())


def reserve(order: Order) -> tuple[Posting, ...]:
    """Amount and fee, held on the payer's account."""
    return (Posting(order.payer, _in_flight(order), order.total_fen, PEND, code=_code(order)),)


def let_go(order: Order) -> tuple[Posting, ...]:
    """Held funds leave the payer for the bank's funds in flight, on their way to the rail."""
    return (Posting(order.payer, _in_flight(order), order.total_fen, SETTLE, order.id, _code(order)),)


def settle(order: Order, *, in_flight: bool = False) -> tuple[Posting, ...]:
    """The reserved funds go where they were meant to; `in_flight` when they left the payer already."""
    flight = _in_flight(order)
    legs: tuple[Posting, ...] = () if in_flight else let_go(order)
    if order.payee is None:
        legs += (Posting(flight, own_account(order.bank, RAIL_SUBJECT), order.amount_fen, code=CODE_OUTSIDE),)
    else:
        legs += between_banks(flight, order.payee, order.amount_fen, CODE_TRANSFER)
    if order.fee_fen:
        legs += (Posting(flight, own_account(order.bank, FEE_SUBJECT), order.fee_fen, code=CODE_FEE),)
    return legs


def give_back(order: Order, *, in_flight: bool = False) -> tuple[Posting, ...]:
    """The reserved funds are the payer's to spend again."""
    if in_flight:
        return (Posting(_in_flight(order), order.payer, order.total_fen, code=CODE_RETURN),)
    return (Posting(order.payer, _in_flight(order), order.total_fen, VOID, order.id, _code(order)),)


def come_back(order: Order) -> tuple[Posting, ...]:
    """The outside bank returned the amount; the fee was for the work and stays."""
    return (Posting(own_account(order.bank, RAIL_SUBJECT), order.payer, order.amount_fen, code=CODE_RETURN),)


def keep(order: Order) -> tuple[Posting, ...]:
    """The outside bank returned the amount and the payer's account takes nothing in: it waits for people."""
    return (Posting(own_account(order.bank, RAIL_SUBJECT), _kept(order), order.amount_fen, code=CODE_RETURN),)


def keep_in_flight(order: Order) -> tuple[Posting, ...]:
    """Let go, rejected, and the payer's account takes nothing in any more: amount and fee wait for people."""
    return (Posting(_in_flight(order), _kept(order), order.total_fen, code=CODE_RETURN),)


def _in_flight(order: Order) -> AccountRef:
    return own_account(order.bank, IN_FLIGHT_SUBJECT)


def _kept(order: Order) -> AccountRef:
    return own_account(order.bank, KEPT_SUBJECT)


def _code(order: Order) -> int:
    return CODE_OUTSIDE if order.kind == "outside" else CODE_TRANSFER
