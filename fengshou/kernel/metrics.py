"""Prometheus metrics: one registry, names begin with `fengshou_`."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry(auto_describe=True)
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def counter(name: str, about: str, labels: Sequence[str] = ()) -> Counter:
    """A count that only grows."""
    return Counter(f"fengshou_{name}", about, list(labels), registry=REGISTRY)


def gauge(name: str, about: str, labels: Sequence[str] = ()) -> Gauge:
    """A level that goes up and down."""
    return Gauge(f"fengshou_{name}", about, list(labels), registry=REGISTRY)


def histogram(
    name: str, about: str, labels: Sequence[str] = (), buckets: Sequence[float] = _SECONDS
) -> Histogram:
    """A spread; buckets are seconds unless the name says otherwise."""
    return Histogram(f"fengshou_{name}", about, list(labels), registry=REGISTRY, buckets=buckets)


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
