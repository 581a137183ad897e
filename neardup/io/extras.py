"""Libraries that only some inputs need: how they are installed."""

from __future__ import annotations


def needs_extra(extra: str) -> str:
    """Say which extra of this package brings a library that is missing, wherever the package came from.

    Examples
    --------
    >>> print("reading .zst", needs_extra("zst"))
    reading .zst needs another library: pip install 'neardup[zst]', or in a clone pip install '.[zst]'
    """
    return f"needs another library: pip install 'neardup[{extra}]', or in a clone pip install '.[{extra}]'"
