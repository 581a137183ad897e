"""The online index: documents that were seen, on the disk or in memory."""

from neardup.index.answers import Answers, IndexMatch
from neardup.index.online import Index
from neardup.index.stored import StoredDocument

__all__ = ["Answers", "Index", "IndexMatch", "StoredDocument"]
