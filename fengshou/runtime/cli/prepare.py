"""`./bank prepare`: what `run` needs, installed and built; for images and slow networks."""

import argparse

from fengshou.runtime.web_build import build_if_stale


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`prepare` takes none."""


def main(args: argparse.Namespace) -> int:
    """Build the client; the requirements are in place when a command is called."""
    built = build_if_stale()
    print("ready to run" if built else "ready to run, nothing to build")
    return 0
