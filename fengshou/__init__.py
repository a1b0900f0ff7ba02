"""Fengshou (丰收): the platform a regional bank federation runs its finance-and-life app on."""

__version__ = "0.1.0"
