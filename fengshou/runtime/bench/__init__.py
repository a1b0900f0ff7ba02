"""Benchmarks: contenders alternate in one run on one machine, and ratios are what counts."""
