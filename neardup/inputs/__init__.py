"""What users give: texts, their ids, and tables of any library."""

from neardup.inputs.documents import Documents, ids_of, in_order, is_missing, read_documents, text_column, texts_at

__all__ = ["Documents", "ids_of", "in_order", "is_missing", "read_documents", "text_column", "texts_at"]
