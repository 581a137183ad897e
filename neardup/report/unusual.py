"""When so many documents are duplicates that somebody should look at them first."""

from __future__ import annotations

UNUSUAL_SHARE, ENOUGH_DOCUMENTS = 0.5, 20
"""More duplicates than this share, of so many documents at least, are worth a warning."""


def are_unusually_many(duplicates: int, documents: int) -> bool:
    """Tell whether so many duplicates among so many documents are worth a warning.

    Examples
    --------
    >>> are_unusually_many(11, 20), are_unusually_many(10, 20), are_unusually_many(19, 19)
    (True, False, False)
    """
    return documents >= ENOUGH_DOCUMENTS and duplicates > UNUSUAL_SHARE * documents
