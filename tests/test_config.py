"""Config: what it takes, what it refuses, and what its fingerprints depend on."""

from __future__ import annotations

import copy
import json
import pickle
import tomllib
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, get_args

import pytest

from neardup import Config, InputError, band_probability, bands, find_duplicates
from neardup.config import Part
from neardup.folding import folding_versions
from neardup.schemes import SCHEMES

if TYPE_CHECKING:
    from pathlib import Path

OTHER: dict[str, Any] = {
    "ngram": 6,
    "num_perm": 256,
    "seed": 2,
    "content": "all",
    "bands": 8,
    "rows": 5,
    "anchor_chars": 14,
    "anchor_one_in": 16,
    "min_anchor_share": 0.5,
    "max_bucket_size": 100,
    "threshold": 0.7,
    "min_containment": 0.7,
    "foreign_weight": 2,
    "marks_weight": 3.25,
    "replaced_weight": 0,
    "title_recurs_weight": 2.0,
    "title_absent_weight": 100,
    "title_negated_weight": 1,
    "min_score": -1.5,
    "min_revision": 0.4,
    "min_revision_score": -3,
    "relations": ("identical", "near"),
    "max_candidates": 32,
    "min_repeat_chars": 40,
    "boilerplate": ("75b4030d8b8e7f53",),
}
SKETCH = {"ngram", "num_perm", "seed", "content", "anchor_chars", "anchor_one_in", "min_repeat_chars", "boilerplate"}
KEYS = SKETCH | {"bands", "rows", "min_anchor_share", "max_bucket_size", "threshold"}


@pytest.mark.parametrize("name", [field.name for field in fields(Config)])
def test_fingerprints_depend_on_the_values_of_their_part(name: str) -> None:
    other = Config(**{name: OTHER[name]})
    assert other.fingerprint() != Config().fingerprint()
    assert (other.fingerprint("candidates") != Config().fingerprint("candidates")) == (name in KEYS)
    assert (other.fingerprint("signature") != Config().fingerprint("signature")) == (name in SKETCH)


def test_fingerprints_stay_as_they_are() -> None:
    assert [Config().fingerprint(part) for part in ("signature", "candidates", "decision")] == GOLDEN


GOLDEN = ["d9df8c377ea3ae95", "c0189192bd3ed5c3", "d285a6f62760549c"]


def test_a_config_survives_a_round_trip() -> None:
    config = Config(**OTHER)
    assert Config.from_dict(config.to_dict()) == config
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert Config(relations=["near", "identical"]) == Config(relations=("identical", "near"))  # type: ignore[arg-type]


def test_boilerplate_is_a_set_of_hashes() -> None:
    one, other = "00000000000000ff", "75b4030d8b8e7f53"
    assert Config(boilerplate=frozenset({other, one})) == Config(boilerplate=[one, other, one])  # type: ignore[arg-type]
    assert Config(boilerplate=(other, one)).boilerplate == (one, other)
    assert Config(boilerplate=(other, one)).fingerprint() == Config(boilerplate=(one, other)).fingerprint()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"ngram": 0}, "ngram must be at least 1, not 0"),
        ({"ngram": 129}, "ngram must be at most 128, not 129"),
        ({"ngram": 5.0}, "ngram must be an integer, not 5.0"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
        ({"threshold": "0.8"}, "threshold must be a number, not '0.8'"),
        ({"threshold": True}, "threshold must be a number, not True"),
        ({"threshold": 1.5}, "threshold must be above 0 and at most 1, not 1.5"),
        ({"min_anchor_share": 0}, "min_anchor_share must be above 0"),
        ({"bands": 22}, "22 bands of 6 rows need 132 permutations, and num_perm is 128; neardup.bands chooses"),
        ({"relations": "near"}, "relations must be several of"),
        (
            {"relations": ("identical", "alike")},
            "relations must be of identical, near, contained, contains, revision, template, ",
        ),
        ({"min_revision": 1.1}, r"min_revision must be above 0 and at most 1, not 1.1"),
        ({"foreign_weight": -1}, r"foreign_weight must be in \[0, 100\], not -1"),
        ({"title_negated_weight": 101}, r"title_negated_weight must be in \[0, 100\], not 101"),
        ({"boilerplate": "75b4030d8b8e7f53"}, "boilerplate must be several hashes of paragraphs, not '75b4"),
        (
            {"boilerplate": ["版权所有"]},
            "boilerplate must be hashes of 16 hexadecimal digits, not '版权所有'; neardup.boil",
        ),
        ({"boilerplate": [255]}, "boilerplate must be hashes of 16 hexadecimal digits, not 255"),
        ({"min_score": -101}, r"min_score must be in \[-100, 100\], not -101"),
        ({"min_revision_score": float("nan")}, r"min_revision_score must be in \[-100, 100\], not nan"),
        ({"relations": ("near",)}, 'relations must have "identical"'),
    ],
)
def test_wrong_values_are_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        Config(**values)


def of_toml(text: str) -> Config:
    return Config.from_dict(tomllib.loads(text))


@pytest.mark.parametrize(
    "lower",
    [
        Config(threshold=0.5),
        Config.for_threshold(0.5),
        Config().with_overrides(threshold=0.5),
        replace(Config(min_containment=0.9), threshold=0.5, min_containment=0.8),
        replace(Config(threshold=0.6), threshold=0.5),
        of_toml("threshold = 0.5"),
        of_toml("threshold = 0.9").with_overrides(threshold=0.5),
        pickle.loads(pickle.dumps(Config())).with_overrides(threshold=0.5),
        copy.deepcopy(Config()).with_overrides(threshold=0.5),
    ],
)
def test_bands_that_were_not_given_follow_the_threshold(lower: Config) -> None:
    assert (lower.bands, lower.rows) == bands(0.5)
    assert lower == Config(threshold=0.5)
    assert lower.fingerprint() == Config(threshold=0.5).fingerprint()
    assert band_probability(0.5, lower.bands, lower.rows) >= 0.99 > 0.25 > band_probability(0.5, 16, 6)


def test_bands_that_were_given_stay() -> None:
    given_ = Config(bands=16, rows=6)
    assert given_ == Config()
    for lower in (given_.with_overrides(threshold=0.5), replace(given_, threshold=0.5)):
        assert (lower.bands, lower.rows) == (16, 6)
    lower = of_toml("bands = 16\nrows = 6").with_overrides(threshold=0.5)
    assert (lower.bands, lower.rows) == (16, 6)
    assert (Config(rows=3).with_overrides(threshold=0.5).rows, Config(bands=7, threshold=0.5).bands) == (3, 7)


def test_bands_stay_above_the_default_threshold_and_fit_into_the_signature() -> None:
    assert [(each.bands, each.rows) for each in (Config(threshold=0.9), Config(threshold=1))] == [(16, 6)] * 2
    assert (Config(num_perm=64).bands, Config(num_perm=64).rows) == bands(0.8, num_perm=64)
    with pytest.raises(ValueError, match="use more permutations, a lower recall or a higher threshold"):
        Config(threshold=0.02)


def test_every_path_takes_the_bands_of_the_threshold() -> None:
    """Texts with a similarity of about 0.5, which the bands of 0.8 seldom find; anchors are left out."""
    chars = [chr(0x4E00 + i) for i in range(6000)]
    texts = ["".join(chars[200 * i : 200 * i + 134]) for i in range(30)]
    texts += [text[40:] + "".join(chars[200 * i + 134 : 200 * i + 174]) for i, text in enumerate(texts)]
    strict = Config(min_anchor_share=1.0, threshold=0.45, min_score=-9)
    loose = {"threshold": 0.45, "config": Config(min_anchor_share=1.0, min_score=-9)}
    found = [
        find_duplicates(texts, config=strict),
        find_duplicates(texts, **loose),
        find_duplicates(texts, config=of_toml("min_anchor_share = 1.0\nthreshold = 0.45\nmin_score = -9")),
    ]
    assert len({str(each.to_dict()) for each in found}) == 1
    default = replace(strict, bands=16, rows=6)
    assert len(found[0].duplicates) == 30 > 20 > len(find_duplicates(texts, config=default).duplicates)


def test_schemes_are_part_of_every_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SCHEMES["folding"] == folding_versions()["scheme"]
    before = [Config().fingerprint(part) for part in get_args(Part)]
    for name in SCHEMES:
        with monkeypatch.context() as patched:
            patched.setitem(SCHEMES, name, 99)
            assert not set(before) & {Config().fingerprint(part) for part in get_args(Part)}
    monkeypatch.setattr("neardup.config.COPY_GAP", 31)
    assert not set(before) & {Config().fingerprint(part) for part in get_args(Part)}


def test_a_file_of_toml_makes_a_config(tmp_path: Path) -> None:
    file = tmp_path / "neardup.toml"
    lines = ["threshold = 0.7", 'relations = ["identical", "contained"]', 'boilerplate = ["75b4030d8b8e7f53"]']
    file.write_text("\n".join(lines), encoding="utf-8")
    expected = Config(threshold=0.7, relations=("identical", "contained"), boilerplate=("75b4030d8b8e7f53",))
    assert Config.load(file) == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"threshold = ", "Invalid value"),
        (b"treshold = 0.7", "unknown: treshold; there are ngram, num_perm"),
        (b"threshold = 7", "threshold must be above 0 and at most 1, not 7"),
        (b"threshold = '0.7'", "threshold must be a number"),
        (b"\xff", "not UTF-8, as TOML is"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_the_file(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "neardup.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=f"neardup.toml: .*{message}"):
        Config.load(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent.toml: cannot be read \(No such file"):
        Config.load(tmp_path / "absent.toml")
