"""The signature covers everything a request says, and grows old."""

import pytest

from fengshou.adapters.wire import Credentials, sign, verify

OWN = Credentials("centre", b"secret")
SAID = {"method": "POST", "target": "/messages?a=1", "body": b"{}"}


def signed() -> dict[str, str]:
    return sign(OWN, method="POST", target="/messages?a=1", body=b"{}", at_s=1_000)


def test_a_signature_proves_the_request_it_was_made_for() -> None:
    assert verify(OWN, signed(), method="POST", target="/messages?a=1", body=b"{}", now_s=1_000)


@pytest.mark.parametrize(
    ("method", "target", "body", "now_s"),
    [
        ("GET", "/messages?a=1", b"{}", 1_000),
        ("POST", "/messages?a=2", b"{}", 1_000),
        ("POST", "/messages?a=1", b"{ }", 1_000),
        ("POST", "/messages?a=1", b"{}", 1_301),
        ("POST", "/messages?a=1", b"{}", 699),
    ],
)
def test_another_request_or_another_hour_is_not_proved(
    method: str, target: str, body: bytes, now_s: int
) -> None:
    assert not verify(OWN, signed(), method=method, target=target, body=body, now_s=now_s)


@pytest.mark.parametrize(
    "change",
    [
        {"x-fs-key": "other"},
        {"x-fs-time": "1001"},
        {"x-fs-time": "soon"},
        {"x-fs-time": "9" * 5000},
        {"x-fs-signature": "v1="},
        {"x-fs-signature": "é"},
    ],
)
def test_changed_headers_prove_nothing(change: dict[str, str]) -> None:
    headers = signed() | change

    assert not verify(OWN, headers, method="POST", target="/messages?a=1", body=b"{}", now_s=1_000)
    assert not verify(OWN, {}, method="POST", target="/messages?a=1", body=b"{}", now_s=1_000)


def test_the_secret_does_not_show_in_a_traceback() -> None:
    assert "secret" not in repr(OWN)
