"""datatrove's sentence deduplication: of equal sentences of a document all but the first go.

Its pipelines look for them in a whole corpus. Here each document is a corpus by itself: the hashes of its first step,
those that occurred before, and the sentences that its last step would take out for them. Its tokenizer for whitespace
knows the marks that end Chinese sentences; numbers are not written as 0. Its default compares runs of three sentences;
single ones find more of doubled pages, and hardly anything else.
"""

from __future__ import annotations

import tempfile

from datatrove.data import Document
from datatrove.pipeline.dedup import SentDedupConfig, SentenceDedupSignature
from datatrove.utils.text import TextNormConfig
from datatrove.utils.word_tokenizers import WhitespaceTokenizer
from loguru import logger

TITLE = "datatrove, sentences"
REQUIREMENTS = ("datatrove==0.10.1", "regex==2026.11.19", "tokenizers==0.23.3", "xxhash==3.8.2")

SENTENCES = 1

logger.remove()


def repeats(texts: list[str]) -> list[list[tuple[int, int]]]:
    """Find the sentences that would go."""
    tokenizer = WhitespaceTokenizer()
    config = SentDedupConfig(n_sentences=SENTENCES, norm_config=TextNormConfig(norm_numbers=False))
    with tempfile.TemporaryDirectory() as folder:
        step = SentenceDedupSignature(folder, config=config, language=tokenizer)
        return [_repeated(step, tokenizer, text) for text in texts]


def _repeated(step: SentenceDedupSignature, tokenizer: WhitespaceTokenizer, text: str) -> list[tuple[int, int]]:
    seen: set[int] = set()
    going: set[int] = set()
    for value, _, first in step.get_hashes(Document(text, ""), 0):
        if value in seen:
            going.update(range(first, first + SENTENCES))
        seen.add(value)
    if not going:
        return []
    spans = tokenizer.span_tokenize(text)
    return [spans[i] for i in sorted(going)]
