"""semhash: static embeddings of model2vec, and an index of nearest neighbours.

Its default model knows English only; the one for Chinese among model2vec's own is ``potion-multilingual-128M``. It
comes from the Hugging Face hub when it is not in that hub's cache, and where it cannot be had there is no semhash. A
cosine is no Jaccard similarity: the threshold of that does not apply, and its default stands, 0.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model2vec import StaticModel
from semhash import SemHash
from semhash.utils import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

TITLE = "semhash"
REQUIREMENTS = ("semhash==0.5.0", "model2vec==0.10.0")
DEFAULT_THRESHOLD = 0.9

MODEL = "minishlab/potion-multilingual-128M"


class OneThread:
    """The model, which for many texts would start a thread for every core."""

    def __init__(self, model: StaticModel) -> None:
        self.model = model

    def encode(self, inputs: Sequence[str], **_: object) -> NDArray[np.float32]:
        """Give an embedding for each text."""
        vectors: NDArray[np.float32] = self.model.encode(inputs, use_multiprocessing=False)
        return vectors


def _encoder() -> OneThread:
    try:
        return OneThread(StaticModel.from_pretrained(MODEL))
    except Exception as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        msg = f"its model {MODEL} cannot be had from the Hugging Face hub: {why}"
        raise RuntimeError(msg) from error


ENCODER = _encoder()


def signatures(texts: list[str]) -> NDArray[np.float32]:
    """Embed all texts."""
    return ENCODER.encode(texts)


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Tell what is not selected."""
    records = [{"id": str(i), "text": text} for i, text in enumerate(texts)]
    if not records:
        return []
    index = SemHash.from_records(records, columns=["text"], model=ENCODER)
    kept = {record["id"] for record in index.self_deduplicate(DEFAULT_THRESHOLD).selected}
    return [str(i) not in kept for i in range(len(texts))]


def scores(pairs: list[tuple[str, str]]) -> list[float]:
    """Give the cosine of the embeddings, 0 where it is less."""
    if not pairs:
        return []
    vectors = normalize(signatures([text for pair in pairs for text in pair]))
    cosines = (vectors[::2] * vectors[1::2]).sum(axis=1)
    return [min(1.0, max(0.0, float(cosine))) for cosine in cosines]
