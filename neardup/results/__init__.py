"""What searches among many documents give."""

from neardup.results.duplicates import Duplicates
from neardup.results.matches import Cuts, Matches
from neardup.results.pairs import Pairs

__all__ = ["Cuts", "Duplicates", "Matches", "Pairs"]
