"""`row.pack` for many plain rows at once, in numpy: the same bytes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fengshou.ledger import row
from fengshou.ledger.packs import Ints, Packed
from fengshou.ledger.store_month import partition_of

_TYPES = {"institution_id": ">i2", "kind": ">i2", "code": ">i4"}
_SLICE_BITS = np.uint64(36)


def _layout() -> np.dtype[np.void]:
    """A plain row: each value behind its length, but for those that are missing."""
    fields: list[tuple[str, Any]] = [("columns", ">i2")]
    for name in row.COLUMNS[:17]:
        fields.append((f"{name} length", ">i4"))
        if name == "id":
            fields += [("id_hi", ">u8"), ("id_lo", ">u8")]
        elif name not in ("digest", "event_at"):
            fields.append((name, _TYPES.get(name, ">i8")))
    return np.dtype([*fields, ("more", f"V{len(row.NOTHING_MORE)}")])


_ROW = _layout()
_BLANK = np.frombuffer(row.pack(0, 0, bytes(16), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, None, None, 0), _ROW)[0]


def pack(
    rows: Packed, position: Ints, balance: Ints, seq: Ints, prev: Ints, posted_us: int
) -> list[bytes]:  # fmt: skip
    """Rows of one bank in pieces of one partition each, in order; balances and so on have (debit, credit) columns."""
    out: NDArray[Any] = np.full(len(rows), _BLANK, _ROW)
    out["institution_id"], out["position"] = rows["bank"], position
    out["id_hi"], out["id_lo"] = rows["hi"], rows["lo"]
    for name, column in (("debit", "debit"), ("credit", "credit"), ("amount", "fen"), ("code", "code")):
        out[name] = rows[column]
    for side, name in enumerate(("debit", "credit")):
        out[f"{name}_balance"], out[f"{name}_seq"] = balance[:, side], seq[:, side]
        out[f"{name}_prev"] = prev[:, side]
    out["posted_at"] = posted_us
    slices = rows["hi"] >> _SLICE_BITS
    if (slices == slices[0]).all():
        return [out.tobytes()]
    month = np.array([partition_of((s << 4).to_bytes(4, "big")) for s in slices.tolist()])
    cuts = [0, *(np.flatnonzero(month[1:] != month[:-1]) + 1).tolist(), len(rows)]
    return [out[a:b].tobytes() for a, b in pairwise(cuts)]
