"""Data-Juicer's ``remove_repeat_sentences_mapper``: of equal sentences of a document all but the first go.

Its sentences end with Chinese or Latin marks or with the line, and are compared without what is no Han character, no
letter and no number; lower case is on. Its shortest sentence stays at its default, 2 characters: with 10 or 30 it
calls fewer set phrases a copy, and finds less of doubled pages. The operator gives the text that is left; the spans are
told by laying its lines beside the original ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_juicer.ops.mapper.remove_repeat_sentences_mapper import RemoveRepeatSentencesMapper, split_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "Data-Juicer, sentences"
REQUIREMENTS = ("py-data-juicer==1.6.1", "aiohttp==3.14.5")  # it imports aiohttp and does not require it


def repeats(texts: list[str]) -> list[list[tuple[int, int]]]:
    """Find the sentences that the operator takes out."""
    operator = RemoveRepeatSentencesMapper(lowercase=True)
    cleaned = operator.process_batched({"text": list(texts)})["text"]
    return [list(_removed(text, rest)) for text, rest in zip(texts, cleaned, strict=True)]


def _removed(text: str, rest: str) -> Iterator[tuple[int, int]]:
    """Give the sentences of a text that are not in what is left of it; neither loses a line."""
    start = 0
    for line, left in zip(text.split("\n"), rest.split("\n"), strict=True):
        place = start
        for sentence in split_sentence(line):
            if left.startswith(sentence):
                left = left.removeprefix(sentence)
            else:
                yield place, place + len(sentence)
            place += len(sentence)
        start += len(line) + 1
