"""The top floor: it starts processes and wires rooms to adapters, and is the only place that knows everyone.

This file imports nothing: `./bank` lists its commands before anything is installed.
"""
