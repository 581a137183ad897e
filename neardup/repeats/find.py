"""Repeats: one document or many, the passages that each prints again, and how often it prints its body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neardup.checks import MAX_CHARS, check_int, thread_count
from neardup.inputs import read_documents, text_column
from neardup.inputs.pages import warn_of_page
from neardup.repeats import engine
from neardup.repeats.batch import Repeats
from neardup.repeats.document import DocumentRepeats

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neardup._typing import Id, OnNull, Table, Texts
    from neardup.survivors import Progress

DEFAULT_MIN_CHARS = 30
"""Empirical: 1 in 45 edited news items repeats anything at 30 (2.23 %), 1 in 130 exactly (0.76 %). Titles and set
phrases run to 28. Measured by ``benchmarks/suites/natural_repeats.py``."""


def find_repeats(text: str, *, min_chars: int = DEFAULT_MIN_CHARS) -> DocumentRepeats:
    r"""Find what a document prints more than once.

    A passage is repeated if at least `min_chars` consecutive code points of it, folded, stand earlier in the
    document without overlapping it. All such passages are found. Copies of kind ``exact`` hold nothing else; repeats
    that continue each other across edits are one repeat of kind ``near``. Every copy was compared.

    Parameters
    ----------
    text
        The document.
    min_chars
        The shortest passage to report, in folded code points (no spaces, no punctuation), in [1, 2**30]. Shorter
        finds set phrases and names too.

    Returns
    -------
    DocumentRepeats

    Raises
    ------
    TypeError
        If `text` is not a string, or `min_chars` not an integer.
    ValueError
        If `min_chars` is out of range, or `text` longer than 2**30 code points.

    See Also
    --------
    find_repeats_batch : The same for many documents, with threads.

    Notes
    -----
    Time and memory are linear in the length of the text with the compiled kernels, but for texts in which each copy
    takes in the one before it: at most O(n ** 1.5). `benchmarks/growth.py` measures hostile texts.

    What is printed about four times or more in a row and shorter than 100 folded code points is one repeat with a
    `period`, also with a counter in it; and lines of which each is the start of the next are one.

    Examples
    --------
    >>> body = "据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，并按照品牌化发展思路推进。"
    >>> found = find_repeats(f"标题\n{body}\n转载：\n{body}\n", min_chars=18)
    >>> [(r.kind, r.chars, r.original.first_line, r.copy.first_line) for r in found.repeats]
    [('exact', 36, 2, 4)]
    >>> found.repeats[0].copy.of(found.text) == body
    True
    """
    min_chars = check_int("min_chars", min_chars, high=MAX_CHARS)
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    warn_of_page(text)
    return DocumentRepeats.of_found(text, engine.find(text_column([text]), min_chars, 1), {})


def find_repeats_batch(
    texts: Texts | Table,
    *,
    ids: Iterable[Id] | None = None,
    text: str | None = None,
    id: str | None = None,  # noqa: A002
    min_chars: int = DEFAULT_MIN_CHARS,
    on_null: OnNull = "raise",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Repeats:
    r"""Find what each of many documents prints more than once: of each what `find_repeats` finds.

    Documents are not compared with each other; `find_duplicates` and `find_repeated_paragraphs` do that.

    Parameters
    ----------
    texts, ids, text, id, on_null
        See `find_duplicates`.
    min_chars
        See `find_repeats`.
    threads
        At least 1; None for as many as this process may use. The result does not depend on it.
    progress
        Called now and then with ``repeats``, the documents done and all.

    Returns
    -------
    Repeats
        ``found[id]`` is the `DocumentRepeats` of a document, and ``found.clean()`` the texts without copies.

    Raises
    ------
    TypeError, ValueError
        As `find_duplicates`, and as `find_repeats` of `min_chars`.

    Notes
    -----
    Time is that of `find_repeats`, without what each call costs. The results are arrays: memory is about 60 bytes a
    document and 100 a repeat, and while they are looked for, that of the longest documents at work.

    Examples
    --------
    >>> line = "据介绍，重庆经开区把质量强区战略写入全区“十二五”规划，并按照品牌化发展思路推进。\n"
    >>> found = find_repeats_batch({"甲": line + "转载\n" + line, "乙": line})
    >>> found.with_repeats, found["甲"].repeats[0].copy.first_line
    (['甲'], 3)
    >>> found.clean("all") == [line + "转载\n", line]
    True
    """
    min_chars, workers = check_int("min_chars", min_chars, high=MAX_CHARS), thread_count(threads)
    documents = read_documents(texts, ids, text=text, id=id, on_null=on_null)
    size = len(documents.ids)
    report = progress or (lambda *_: None)
    report("repeats", 0, size)
    found = engine.find(documents.texts, min_chars, workers, lambda done: report("repeats", done, size))
    report("repeats", size, size)
    return Repeats(documents.ids, found, documents.skipped, documents)
