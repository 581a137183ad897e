"""datatrove's MinHash: its four steps, each a pipeline run by its local executor, on a temporary folder.

Its tokens for Chinese are jieba's words. It takes a tokenizer of one's own too, and with one that gives characters its
5-grams are those of the other tools; it simplifies texts itself. It would also write every number as 0, by which forms
filled in otherwise become copies: that is off. At a threshold of 0.8 it has its default, 14 buckets of 8 hashes, which
finds 0.92 of the pairs at that similarity; at another the most hashes a bucket, and the fewest buckets, that find as
many and are not more than 128 in all. What shares a bucket is one cluster, without a check, and of each cluster one
document is kept.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.utils.text import TextNormConfig
from datatrove.utils.word_tokenizers import WordTokenizer
from loguru import logger

from benchmarks.peers.texts import NGRAM, NUM_PERM

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "datatrove, MinHash"
REQUIREMENTS = ("datatrove==0.10.1", "regex==2026.11.19", "tokenizers==0.23.3", "xxhash==3.8.2")

RECALL = 0.92

logger.remove()


class Characters(WordTokenizer):  # type: ignore[misc, unused-ignore]
    """A tokenizer whose words are characters; only words are asked for."""

    def word_tokenize(self, text: str) -> list[str]:
        """Give all characters but spaces."""
        return list("".join(text.split()))

    def sent_tokenize(self, text: str) -> list[str]:
        """Give the text."""
        return [text]

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        """Give the span of the text."""
        return [(0, len(text))]


def _config(buckets: int, rows: int) -> MinhashConfig:
    return MinhashConfig(
        n_grams=NGRAM,
        num_buckets=buckets,
        hashes_per_bucket=rows,
        norm_config=TextNormConfig(norm_numbers=False),
    )


def _buckets(threshold: float) -> tuple[int, int]:
    """Choose buckets and hashes a bucket: what `RECALL` asks of a pair at the threshold."""
    for rows in range(NUM_PERM, 1, -1):
        shared = threshold**rows
        buckets = math.ceil(math.log(1 - RECALL) / math.log1p(-shared)) if 0 < shared < 1 else 1
        if shared and buckets * rows <= NUM_PERM:
            return buckets, rows
    return NUM_PERM, 1


def signatures(texts: list[str]) -> list[Any]:
    """Sketch all texts with the methods of the first step, 16 buckets of 8 hashes."""
    with tempfile.TemporaryDirectory() as folder:
        step = MinhashDedupSignature(folder, _config(NUM_PERM // 8, 8), language=Characters())
        shingles = map(step.get_shingles, texts)
        return [step.get_signature(each) if each.size else None for each in shingles]


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Run the four pipelines, and tell what the last one does not pass on."""
    config = _config(*_buckets(threshold))
    kept: set[str] = set()

    def read(data: object, rank: int, world_size: int) -> Iterator[Document]:
        return (Document(text, str(i)) for i, text in enumerate(texts))

    def write(data: Iterator[Document], rank: int, world_size: int) -> None:
        kept.update(document.id for document in data)

    with tempfile.TemporaryDirectory() as folder:
        found, paired, removed = (str(Path(folder) / name) for name in ("signatures", "buckets", "removed"))
        pipelines: list[list[Any]] = [
            [read, MinhashDedupSignature(found, config, language=Characters())],
            [MinhashDedupBuckets(found, paired, config=config)],
            [MinhashDedupCluster(paired, removed, config=config)],
            [read, MinhashDedupFilter(removed), write],
        ]
        for i, pipeline in enumerate(pipelines):
            tasks = config.num_buckets if i == 1 else 1
            LocalPipelineExecutor(pipeline, tasks=tasks, workers=1, logging_dir=str(Path(folder) / f"log{i}")).run()
    return [str(i) not in kept for i in range(len(texts))]
