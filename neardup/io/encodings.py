"""Encodings of Chinese files: bytes to the text they hold, or to an error that says what they are instead."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, product

from neardup.errors import InputError

AUTO = "auto"
"""The name that asks for detection."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)

_WIDE = {"utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be"}
_CANDIDATES = {"utf-8": "utf-8", "gb18030": "GB18030", "cp950": "Big5"} | _WIDE
"""What is guessed among, and what `chardet` calls it; of equals, the first."""

_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950", "utf-8-sig": "utf-8"}
"""What files declared as the first are: the tables that programs write have grown."""

_NO_FILES = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
"""What Python has among its text encodings, and no file is written in."""

_SIGNATURES = (
    (b"%PDF-", "a PDF", "take the text out of it first, for example with pdftotext"),
    (b"\x1f\x8b", "gzip data", "decompress it first: gzip -dc"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data", "decompress it first: zstd -dc"),
    (b"PK\x03\x04", "a ZIP archive or an office document", "unpack it, or save it as plain text"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document", "save it as plain text"),
    (b"{\\rtf", "an RTF document", "save it as plain text"),
    (b"BZh", "bzip2 data", "decompress it first: bzip2 -dc"),
    (b"\xfd7zXZ\x00", "xz data", "decompress it first: xz -dc"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (b"SQLite format 3\x00", "an SQLite database", "export its texts first"),
    (b"PAR1", "a Parquet file", "read it as one"),
    (b"\x89PNG", "a PNG image", "take its text out with character recognition first"),
    (b"\xff\xd8\xff", "a JPEG image", "take its text out with character recognition first"),
    (b"GIF8", "a GIF image", "take its text out with character recognition first"),
)

_CUT_OFF = {"unexpected end of data", "incomplete multibyte sequence", "truncated data"}
"""What Python's codecs say of a last character that is not complete."""

_SAY_IT = "if it is text, say its encoding"

_SAMPLE_BYTES = 1 << 16
_LEAST_SHARE = 0.5
_MOST_CONTROLS = 0.1
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1b") + b"\x7f"
_EXPECTED_MARKS = (
    "，。、；：？！“”‘’「」『』（）《》〈〉【】〔〕［］…—–·～　％＋－／＝＜＞＊＃＆＠￥"
    "→■□●○◆◇▲△★☆※§℃×①②③④⑤⑥⑦⑧⑨⑩─│┌┐└┘├┤┬┴┼═║"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and how it was written.

    Attributes
    ----------
    text
        Without the byte order mark; line breaks as they are.
    encoding
        Python's name of the codec, such as ``"utf-8"`` or ``"gb18030"``.
    has_mark
        Whether a byte order mark stood before the text.
    """

    text: str
    encoding: str
    has_mark: bool = False

    def encode(self, text: str) -> bytes:
        """Write another text the same way.

        Raises
        ------
        UnicodeEncodeError
            If the encoding has not all of its characters.
        """
        return ("\ufeff" * self.has_mark + text).encode(self.encoding)


def codec_name(name: str) -> str:
    """Find the codec that a name of an encoding stands for.

    Subsets stand for what has replaced them: GB2312 and GBK for GB18030, Big5 for code page 950.

    Raises
    ------
    LookupError
        If Python has no such text encoding, or no file is written in it.

    Examples
    --------
    >>> codec_name("GB2312"), codec_name("UTF8")
    ('gb18030', 'utf-8')
    """
    found = codecs.lookup(name).name
    if found.replace("_", "-") in _NO_FILES:
        raise LookupError(f"no file is written in {found}")
    "".encode(name)  # refuses codecs that are not text encodings
    return _SUPERSETS.get(found, found)


def byte_order_mark(head: bytes) -> str | None:
    """Give the encoding that a byte order mark at the start says, if there is one."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def is_wide(encoding: str) -> bool:
    """Tell whether ASCII takes more than a byte in an encoding, so that a file is not cut at the bytes of signs."""
    return "\n".encode(encoding) != b"\n"


def decode(data: bytes, encoding: str = AUTO, *, declared: str | None = None) -> Decoded:
    """Read the text that bytes hold.

    A byte order mark decides. Else the encoding is the one given; or UTF-8 if the bytes are valid UTF-8; or what the
    document declares; or, of GB18030, Big5 and UTF-16, the one in which most of what is not ASCII are common
    Chinese characters and their punctuation. Bytes are never dropped or replaced.

    Parameters
    ----------
    data
        A whole file.
    encoding
        A name that Python knows, or `AUTO`, which is for Chinese.
    declared
        What an HTML page says of itself; taken if the bytes agree.

    Raises
    ------
    InputError
        If the bytes are not text, or not in that encoding; with the line.
    LookupError
        If Python has no encoding of that name.

    Notes
    -----
    Empirical: every file of 10 characters or more was read right in each of these encodings, cut out of six kinds of
    Chinese text. Measured by ``benchmarks/suites/encodings.py``, beside chardet alone.

    Examples
    --------
    >>> decode("质量强，则万物强；质量是核心竞争力。".encode("gb18030")).encoding
    'gb18030'
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Decoded(_decoded(data, name, len(mark)), name, has_mark=True)
    for signature, kind, remedy in _SIGNATURES:
        if data.startswith(signature):
            raise InputError(f"this is {kind}, not text; {remedy}")
    if encoding != AUTO:
        name = codec_name(encoding)
        return Decoded(_decoded(data, name), name)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _if_valid(data, declared) or _guessed(data, _CANDIDATES)
    if "\0" in text:  # UTF-16, where every ASCII character has a zero byte, or no text
        return _guessed(data, _WIDE)
    _refuse_controls(data)
    return Decoded(text, "utf-8")


def _if_valid(data: bytes, encoding: str | None) -> Decoded | None:
    """Decode, if there is such an encoding and the bytes are valid in it."""
    try:
        name = codec_name(encoding or "")
        return Decoded(data.decode(name), name)
    except (LookupError, UnicodeError):
        return None


def _guessed(data: bytes, candidates: dict[str, str]) -> Decoded:
    """Choose the encoding in which most characters are expected; if it has a fault, that is the error."""
    sample = data[:_SAMPLE_BYTES]
    shares = {name: _expected_share(sample.decode(name, "replace")) for name in candidates}
    most = max(shares.values())
    if most < _LEAST_SHARE:
        raise _not_text(data)
    equal = {name: candidates[name] for name in candidates if shares[name] == most}
    name = _tie_broken(sample, equal) if len(equal) > 1 else next(iter(equal))
    if name == "cp950" and not _if_valid(data, name):
        name = "big5hkscs" if _if_valid(data, "big5hkscs") else name  # Big5 with the additions of Hong Kong
    return Decoded(_decoded(data, name), name)


def _expected_share(text: str) -> float:
    """Measure how much of what is not ASCII is expected in Chinese text; control characters never are."""
    telling = [char for char in text if not (" " <= char <= "~" or char in "\t\n\r")]
    return sum(map(_expected().__contains__, telling)) / len(telling) if telling else 1.0


@lru_cache(maxsize=1)
def _expected() -> frozenset[str]:
    """List the characters on the first level of GB2312 and of Big5, which their makers chose as common, and marks."""
    simplified = bytes(chain.from_iterable(product(range(0xB0, 0xD8), range(0xA1, 0xFF))))
    trails = chain(range(0x40, 0x7F), range(0xA1, 0xFF))
    traditional = bytes(chain.from_iterable(product(range(0xA4, 0xC7), trails)))
    common = simplified.decode("gb2312", "ignore") + traditional.decode("big5", "ignore")
    wide_ascii = map(chr, (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)))
    return frozenset(char for char in common if char >= "\u4e00").union(_EXPECTED_MARKS, wide_ascii)


def _tie_broken(sample: bytes, names: dict[str, str]) -> str:
    """Let the statistics of `chardet` decide between encodings in which all characters are equally common."""
    import chardet

    first = next(iter(names))
    found = chardet.detect(sample, include_encodings=names.values(), no_match_encoding=names[first])["encoding"]
    return next((name for name, theirs in names.items() if theirs == found), first)


def _decoded(data: bytes, name: str, start: int = 0) -> str:
    """Decode strictly, and say where it fails."""
    try:
        return data[start:].decode(name)
    except UnicodeDecodeError as error:
        offset = start + error.start
        where = f"bytes {data[offset : offset + 4].hex(' ')} at offset {offset}"
        if error.reason in _CUT_OFF:
            message, parameter = f"{name}, cut off inside its last character ({where}); get the whole file", None
        else:
            message, parameter = f"not valid {name} ({where}); repair the file, or say its encoding", "encoding"
        before = data[start:offset].decode(name, "replace")
        raise InputError(message, line=_line(before), parameter=parameter) from error


def _refuse_controls(data: bytes) -> None:
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls > _MOST_CONTROLS * len(data):
        message = f"not text: {controls} of {len(data)} bytes are control characters; {_SAY_IT}"
        raise InputError(message, parameter="encoding")


def _not_text(data: bytes) -> InputError:
    zero = data.find(b"\0")
    if zero >= 0:
        message, line = f"not text: a zero byte at offset {zero}; {_SAY_IT}", _line(data[:zero].decode("latin-1"))
        return InputError(message, line=line, parameter="encoding")
    return InputError(f"not Chinese text in UTF-8, GB18030, Big5 or UTF-16; {_SAY_IT}", parameter="encoding")


def _line(before: str) -> int:
    return before.count("\n") + before.count("\r") - before.count("\r\n") + 1
