"""Repeats of many documents: each as if it were alone, the three scopes of cleaning, and plain data that was edited."""

from __future__ import annotations

import json
import pickle
from copy import deepcopy
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neardup
from neardup import DocumentRepeats, Repeats, find_repeats, find_repeats_batch
from neardup.repeats import engine
from neardup.report.kept import KEPT
from neardup.spans import without
from tests.families import SENTENCE, SENTENCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from neardup._typing import Scope

LINE = f"{SENTENCE}\n"
NOTE = f"标题\n{LINE}转载\n{LINE}相关链接"
BODY = "\n".join(SENTENCES[:5]) + "\n"
PAGE = f"标题\n{BODY}{BODY}相关链接"
PLAIN = "".join(SENTENCES[:2])
TEXTS = {"note": NOTE, 7: PAGE, "plain": PLAIN, 8: "", "loop": "哈" * 200}
SCOPES: list[Scope] = ["body", "passages", "all"]


@pytest.fixture
def found() -> Repeats:
    return find_repeats_batch(TEXTS)


def everything(found: DocumentRepeats) -> list[Any]:
    """All that can be asked of a document."""
    return [
        found,
        found.to_dict(),
        *([found.clean(scope), found.removed(scope), found.kept(scope)] for scope in SCOPES),
    ]


@given(
    st.lists(st.lists(st.sampled_from([*SENTENCES, SENTENCE]), max_size=8).map("\n".join), max_size=6),
    st.integers(5, 40),
    st.integers(1, 3),
)
def test_every_document_is_as_if_it_were_alone(texts: list[str], min_chars: int, threads: int) -> None:
    found = find_repeats_batch(texts, min_chars=min_chars, threads=threads)
    alone = [find_repeats(text, min_chars=min_chars) for text in texts]
    assert [everything(found[id_]) for id_ in found] == [everything(each) for each in alone]
    assert found.body_copies.tolist() == [each.body_copies for each in alone]
    assert found.repeated_share.tolist() == [each.repeated_share for each in alone]
    assert found.counts.tolist() == [len(each.repeats) for each in alone]
    for scope in SCOPES:
        assert found.clean(scope, threads=threads) == [each.clean(scope) for each in alone]
        assert found.removed(scope) == {i: each.removed(scope) for i, each in enumerate(alone) if each.removed(scope)}
        assert found.kept(scope) == {i: each.kept(scope) for i, each in enumerate(alone) if each.kept(scope)}


def test_a_result_is_asked_by_id(found: Repeats) -> None:
    assert (list(found), len(found)) == (list(TEXTS), 5)
    assert 7 in found
    assert "7" not in found
    assert (found.with_repeats, found.with_bodies) == (["note", 7, "loop"], [7])
    assert found[7].text == PAGE
    assert str(found) == "5 documents: 3 with repeats, 1 with the body printed more than once"
    assert repr(found) == f"Repeats({found})"
    with pytest.raises(KeyError, match="there is no document '7'; there is one 7"):
        found["7"]
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'found'"):
        found.found = None  # type: ignore[assignment, misc]


def test_nulls_are_skipped_if_that_is_asked_for() -> None:
    with pytest.raises(ValueError, match="the text with id 7 is null; drop it or fill it first, or skip it"):
        find_repeats_batch([NOTE, None], ids=[5, 7])  # type: ignore[list-item]
    found = find_repeats_batch([NOTE, None, PAGE], ids=[5, 7, 9], on_null="skip")  # type: ignore[list-item]
    assert (list(found), found.skipped, len(found.clean())) == ([5, 9], [7], 2)
    assert str(found).endswith("printed more than once; 1 skipped")
    with pytest.raises(KeyError, match="the document 7 was skipped, since its text is null"):
        found[7]


def test_min_chars_decides_what_is_found() -> None:
    assert find_repeats_batch([NOTE], min_chars=60).with_repeats == []
    assert find_repeats_batch([NOTE], min_chars=60).found.min_chars == 60


def test_nothing_is_a_result_too() -> None:
    found = find_repeats_batch([])
    assert (len(found), found.clean(), found.removed("all"), found.kept()) == (0, [], {}, {})
    assert found.to_arrow().num_rows == 0
    assert str(found) == "0 documents: 0 with repeats, 0 with the body printed more than once"


def test_the_scope_decides_what_goes(found: Repeats) -> None:
    assert found.removed() == found.removed("body") == {7: ((3 + len(BODY), 3 + 2 * len(BODY)),)}
    assert found.clean() == [NOTE, PAGE.replace(BODY, "", 1), PLAIN, "", "哈" * 200]
    start = NOTE.rindex(LINE)
    assert found.removed("all")["note"] == ((start, start + len(LINE)),)
    assert found["note"].clean("all") == NOTE[:start] + "相关链接"
    assert found["note"].clean() == NOTE
    assert found["note"].clean("passages") == NOTE
    [kept] = found["note"].kept()
    assert found.kept()["note"] == (kept,)
    assert (kept.start, kept.reason) == (start, "outside_body")
    assert SENTENCE.startswith(NOTE[kept.start : kept.stop])
    assert kept.to_dict() == {"start": start, "stop": kept.stop, "reason": "outside_body"}
    assert [each.reason for each in found["note"].kept("passages")] == ["short_passage"]
    assert found["note"].kept("all") == ()


PATHS: dict[str, Callable[[Any], Any]] = {
    **{
        f"one document, {name}": lambda scope, name=name: getattr(find_repeats(PAGE), name)(scope)
        for name in ("clean", "removed", "kept")
    },
    **{
        f"one without repeats, {name}": lambda scope, name=name: getattr(find_repeats(PLAIN), name)(scope)
        for name in ("clean", "removed", "kept")
    },
    **{
        f"many, {name}": lambda scope, name=name: getattr(find_repeats_batch([PAGE]), name)(scope)
        for name in ("clean", "removed", "kept", "cleaned")
    },
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scope", ["paragraphs", "", "Body", None, 1, ["body"]])
def test_a_scope_that_is_none_is_refused(path: str, scope: Any) -> None:
    with pytest.raises(ValueError, match=r"^scope must be 'body', 'passages' or 'all', not "):
        PATHS[path](scope)


def test_every_reason_has_words() -> None:
    assert list(KEPT) == list(engine.REASONS)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of the engine from here on."""
    calls: list[str] = []
    for name in ("find", "clean"):
        works = getattr(engine, name)
        monkeypatch.setattr(
            engine, name, lambda *given, name=name, works=works, **more: (calls.append(name), works(*given, **more))[1]
        )
    return calls


def test_what_was_found_once_serves_cleaning(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counted(monkeypatch)
    found = find_repeats(NOTE)
    for _ in range(2):
        assert found.clean("all") != NOTE
        assert found.removed("all")
        assert not found.kept("all")
    assert calls == ["find", "clean"]
    many = find_repeats_batch([NOTE, PAGE])
    for _ in range(2):
        assert many.clean("all") != [NOTE, PAGE]
        assert many.removed("all")
        assert many[0].removed("all") == many.removed("all")[0]
    assert calls == ["find", "clean"] * 2
    assert many[1].removed("passages")  # which is not known of the others
    assert calls == ["find", "clean"] * 2 + ["clean"]
    assert find_repeats(PLAIN).clean("all") == PLAIN
    assert calls[5:] == ["find"]


@pytest.mark.parametrize("again", [lambda found: pickle.loads(pickle.dumps(found)), deepcopy], ids=["pickle", "copy"])
def test_what_was_found_is_found_again_where_it_is_lost(monkeypatch: pytest.MonkeyPatch, again: Any) -> None:
    found = find_repeats(NOTE)
    removed = found.removed("all")
    made = [again(found), DocumentRepeats.from_dict(json.loads(json.dumps(found.to_dict())), NOTE)]
    calls = counted(monkeypatch)
    for each in made:
        assert each == found
        assert each.removed("all") == removed
    assert calls == ["find", "clean"] * 2


def test_a_document_is_made_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DocumentRepeats, "of_found", None)
    found = find_repeats_batch(TEXTS)
    assert found.clean("all")[0] != NOTE
    with pytest.raises(TypeError, match="not callable"):
        found[7]


def test_a_document_of_a_batch_does_not_hold_it(found: Repeats) -> None:
    one = found[7]._found
    assert one is not None
    assert all(values.base is None for values in (one.chars, one.offsets, one.rows, one.repeats, one.pieces))


def test_a_pickled_result_has_arrays_and_no_texts(found: Repeats) -> None:
    again = pickle.loads(pickle.dumps(found))
    assert SENTENCE.encode() not in pickle.dumps(found)
    assert again.to_arrow().equals(found.to_arrow())
    assert again.with_bodies == [7]
    for ask in (lambda: again[7], again.clean, lambda: again.removed("all"), again.kept):
        with pytest.raises(ValueError, match="this result has no texts, since it was unpickled; ask for documents and"):
            ask()


def test_a_table_of_the_documents(found: Repeats) -> None:
    table = found.to_arrow()
    assert table.column_names == ["id", "chars", "repeated_share", "body_copies", "repeats"]
    assert table["id"].to_pylist() == ["note", "7", "plain", "8", "loop"]
    for id_, row in zip(found, table.to_pylist(), strict=True):
        one = found[id_]
        assert (row["chars"], row["body_copies"], row["repeated_share"]) == (
            one.chars,
            one.body_copies,
            one.repeated_share,
        )
        assert row["repeats"] == [
            {
                "original_start": each.original.start,
                "original_stop": each.original.stop,
                "start": each.copy.start,
                "stop": each.copy.stop,
                "similarity": each.similarity,
                "kind": each.kind,
                "chars": each.chars,
                "paragraphs": each.paragraphs,
                "period": each.period,
            }
            for each in one.repeats
        ]
    assert {each["period"] for row in table.to_pylist() for each in row["repeats"]} == {None, 1}


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    found = find_repeats_batch(TEXTS, progress=lambda *news: told.append(news))
    assert (told[0], told[-1]) == (("repeats", 0, 5), ("repeats", 5, 5))
    assert {(stage, total) for stage, _, total in told} == {("repeats", 5)}
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    for clean in (found.clean, found.removed, found.kept):
        told.clear()
        found._cleaned.clear()
        clean("all", progress=lambda *news: told.append(news))
        assert (told[0], told[-1]) == (("cleaning", 0, 5), ("cleaning", 5, 5))
    told.clear()
    found.clean("all", progress=lambda *news: told.append(news))
    assert told == []  # it is known


def test_what_a_progress_callback_raises_comes_out() -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_repeats_batch([NOTE], progress=stop)
    found = find_repeats_batch([NOTE])
    with pytest.raises(KeyboardInterrupt):
        found.clean(progress=stop)
    assert found.clean("all") != [NOTE]


def test_texts_of_any_width_and_halves_of_characters() -> None:
    texts = ["\ud800" * 80, "a" * 90, "é" * 90, "𠀀" * 90, LINE * 2 + "\udfff"]
    found = find_repeats_batch(texts)
    assert found.with_repeats == [0, 1, 2, 3, 4]
    assert [found[id_].text for id_ in found] == texts
    assert found.clean("all")[4] == LINE + "\udfff"


def edited(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(find_repeats(NOTE).to_dict()))
    change(data)
    return data


def setting(*path: Any, to: Any) -> Callable[[dict[str, Any]], object]:
    """Change one value below the names of a path."""

    def change(data: Any) -> None:
        for name in path[:-1]:
            data = data[name]
        data[path[-1]] = to

    return change


FIRST = ("repeats", 0)
EDITS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a field is missing": (lambda data: data.pop("chars"), r"KeyError: 'chars'"),
    "a field of a repeat is missing": (lambda data: data["repeats"][0].pop("copy"), r"KeyError: 'copy'"),
    "no list": (setting("repeats", to=7), "TypeError: 'int' object is not iterable"),
    "no repeats": (setting("repeats", to=["a"]), "TypeError: "),
    "a float": (setting("chars", to=3.5), "TypeError: chars must be an integer, not 3.5"),
    "a string": (setting("min_chars", to="30"), "TypeError: min_chars must be an integer, not '30'"),
    "no min_chars": (setting("min_chars", to=0), "min_chars must be at least 1, not 0"),
    "no body": (setting("body_copies", to=0), "body_copies must be at least 1, not 0"),
    "too much repeated": (setting("repeated_share", to=1.5), r"repeated_share must be in \[0, 1\], not 1.5"),
    "not a number": (setting("repeated_share", to=float("nan")), r"repeated_share must be in \[0, 1\], not nan"),
    "another kind": (setting(*FIRST, "kind", to="same"), "kind cannot be 'same' with a similarity of 1.0"),
    "near but alike": (setting(*FIRST, "kind", to="near"), "kind cannot be 'near' with a similarity of 1.0"),
    "unlike": (setting(*FIRST, "similarity", to=0), "similarity must be above 0 and at most 1, not 0"),
    "no chars": (setting(*FIRST, "chars", to=0), "chars must be at least 1, not 0"),
    "fewer paragraphs": (setting(*FIRST, "paragraphs", to=-1), "paragraphs must be at least 0, not -1"),
    "no period": (setting(*FIRST, "period", to=0), "period must be at least 1, not 0"),
    "before the text": (setting(*FIRST, "original", "start", to=-1), "start must be at least 0, not -1"),
    "behind the text": (
        setting(*FIRST, "copy", "stop", to=999),
        "cannot have a copy at 49-999 .* of 96 code",
    ),
    "a long way behind": (setting(*FIRST, "copy", "stop", to=2**80), "stop must be at most"),
    "a span that ends first": (setting(*FIRST, "copy", "stop", to=5), "stop must be at least"),
    "an empty copy": (
        lambda data: data["repeats"][0]["copy"].update(stop=data["repeats"][0]["copy"]["start"]),
        "cannot have a copy at",
    ),
    "an original in its copy": (setting(*FIRST, "original", "stop", to=60), "3-60 cannot have a copy at 49-91"),
    "copies that overlap": (lambda data: data["repeats"].append(data["repeats"][0]), "behind 91 in a text of"),
    "another line": (setting(*FIRST, "copy", "last_line", to=5), "'repeats' does not follow from the rest"),
}


@pytest.mark.parametrize("name", EDITS)
def test_edited_data_are_refused(name: str) -> None:
    change, message = EDITS[name]
    with pytest.raises(ValueError, match=f"^the data are not what to_dict gave.*{message}"):
        DocumentRepeats.from_dict(edited(change), NOTE)


def test_data_for_another_text_are_refused() -> None:
    data = find_repeats(NOTE).to_dict()
    with pytest.raises(ValueError, match="in a text of 40 code points"):
        DocumentRepeats.from_dict(data, NOTE[:40])
    with pytest.raises(TypeError, match="text must be a str, not bytes"):
        DocumentRepeats.from_dict(data, NOTE.encode())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="the data must be what to_dict gave, not list"):
        DocumentRepeats.from_dict([], NOTE)  # type: ignore[arg-type]


def test_other_fields_are_not_looked_at() -> None:
    found = find_repeats(NOTE)
    assert DocumentRepeats.from_dict(found.to_dict() | {"type": "document", "id": 7}, NOTE) == found


def test_arrays_of_the_engine(found: Repeats) -> None:
    """What the arrays are that the kernels give: their types, and how they belong together."""
    arrays = found.found
    assert [each.dtype for each in (arrays.chars, arrays.copied, arrays.body_copies, arrays.offsets, arrays.rows)] == [
        np.int64,
        np.int64,
        np.int32,
        np.int64,
        np.int32,
    ]
    assert arrays.rows.shape == (arrays.offsets[-1], 9)
    cleaned = found.cleaned("all")
    assert (cleaned.removed.dtype, cleaned.kept.dtype) == (np.int32, np.int32)
    assert (cleaned.removed.shape[1], cleaned.kept.shape[1]) == (2, 3)
    assert len(cleaned.removed_offsets) == len(cleaned.kept_offsets) == len(found) + 1
    for document, text in enumerate(TEXTS.values()):
        assert without(text, cleaned.removed_from(document)) == found.clean("all")[document]


def test_columns_are_read_as_lists_are() -> None:
    expected = find_repeats_batch(list(TEXTS.values()))
    for source in (pa.array(list(TEXTS.values())), iter(TEXTS.values()), np.array(list(TEXTS.values()), object)):
        found = find_repeats_batch(source)
        assert found.to_arrow().equals(expected.to_arrow())
        assert found.clean("all") == expected.clean("all")
    rows = [{"key": id_, "body": text} for id_, text in TEXTS.items()]
    assert list(find_repeats_batch(rows, text="body", id="key")) == list(TEXTS)
    with pytest.raises(TypeError, match="texts must be several texts, not one str"):
        find_repeats_batch(NOTE)


def test_the_function_is_public() -> None:
    assert {"find_repeats_batch", "Repeats", "Kept"} <= set(neardup.__all__)
