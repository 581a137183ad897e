"""Marks: the code points at which text is cut into lines and sentences, and those that open and close something."""

from __future__ import annotations

import re
from functools import lru_cache

LINE_BREAKS = "\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
"""At which Unicode breaks a line whatever stands beside them."""

SPACES = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""White space, as `str.isspace` tells it."""

SENTENCE_ENDS = "。！？…｡!?"

OPENING = (
    "([{«\u0f3a\u0f3c\u169b\u2018\u201a\u201b\u201c\u201e\u201f\u2039\u2045\u207d\u208d\u2308\u230a\u2329\u2768"
    "\u276a\u276c\u276e\u2770\u2772\u2774\u27c5\u27e6\u27e8\u27ea\u27ec\u27ee\u2983\u2985\u2987\u2989\u298b\u298d"
    "\u298f\u2991\u2993\u2995\u2997\u29d8\u29da\u29fc\u2e02\u2e04\u2e09\u2e0c\u2e1c\u2e20\u2e22\u2e24\u2e26\u2e28"
    "\u2e42\u2e55\u2e57\u2e59\u2e5b\u3008\u300a\u300c\u300e\u3010\u3014\u3016\u3018\u301a\u301d\ufd3f\ufe17\ufe35"
    "\ufe37\ufe39\ufe3b\ufe3d\ufe3f\ufe41\ufe43\ufe47\ufe59\ufe5b\ufe5d\uff08\uff3b\uff5b\uff5f\uff62"
)
"""Opening brackets and quotes, ascending: categories Ps and Pi of Unicode 14."""

CLOSING = (
    "\"')]}»\u0f3b\u0f3d\u169c\u2019\u201d\u203a\u2046\u207e\u208e\u2309\u230b\u232a\u2769\u276b\u276d\u276f"
    "\u2771\u2773\u2775\u27c6\u27e7\u27e9\u27eb\u27ed\u27ef\u2984\u2986\u2988\u298a\u298c\u298e\u2990\u2992\u2994"
    "\u2996\u2998\u29d9\u29db\u29fd\u2e03\u2e05\u2e0a\u2e0d\u2e1d\u2e21\u2e23\u2e25\u2e27\u2e29\u2e56\u2e58\u2e5a"
    "\u2e5c\u3009\u300b\u300d\u300f\u3011\u3015\u3017\u3019\u301b\u301e\u301f\ufd3e\ufe18\ufe36\ufe38\ufe3a\ufe3c"
    "\ufe3e\ufe40\ufe42\ufe44\ufe48\ufe5a\ufe5c\ufe5e\uff02\uff07\uff09\uff3d\uff5d\uff60\uff63"
)
"""Closing brackets and quotes, ascending: categories Pe and Pf of Unicode 14, and the straight quotes. The compiled
kernels state them too."""


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Give start and stop of every sentence of a text without line breaks; see `neardup.segmentation.sentences`."""
    return [match.span() for match in _sentence().finditer(text, endpos=len(text.rstrip()))]


@lru_cache(maxsize=1)
def _sentence() -> re.Pattern[str]:
    ends, closing = f"[{SENTENCE_ENDS}]", "[" + CLOSING.replace("]", r"\]") + "]"
    return re.compile(rf"(?=\S)[^{SENTENCE_ENDS}]*+(?:{ends}++{closing}*+)?+")
