"""The recipes of the README, each with the real library, and what they say of cleaned pages in more detail."""

from __future__ import annotations

import ast
import functools
import gzip
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import neardup
from tests.command import shell

if TYPE_CHECKING:
    from collections.abc import Iterable

pytestmark = pytest.mark.once  # These libraries take their time, and other tests hold both backends to one answer.

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
[SECTION] = re.findall(r"^## Recipes\n(.*?)^## ", README, flags=re.DOTALL | re.MULTILINE)
RECIPES = dict(re.findall(r"^\*\*(.*?)\*\*.*?```python\n(.*?)```", SECTION, flags=re.DOTALL | re.MULTILINE))
[TASK] = re.findall(r"```sh\n(.*?)```", SECTION, flags=re.DOTALL)

# Articles that one page prints twice: paragraphs, a heading, a table, a list, and code.
ARTICLE = """
<p>青石镇图书馆把十二年来的借阅记录整理成一张表，放在馆里的电脑上，谁都可以下载，用自己的办法来统计哪些书最受欢迎。</p>
<p>馆员建议先看看字段，再动手算；表里没有读者的姓名，只有借书的日期、书号和分馆，一共三十多万行，打开要等上半分钟。</p>
<h2>怎么下载</h2>
<p>在阅览室任意一台电脑上打开终端，照下面的样子敲两行命令，第一行把文件取来，第二行数一数有多少行，看看是不是完整。</p>
<pre><code>curl -O https://lib.example/loans.csv
wc -l loans.csv
</code></pre>
<table>
<tr><th>分馆</th><th>行数</th></tr>
<tr><td>总馆</td><td>二十一万</td></tr>
<tr><td>河西</td><td>十万</td></tr>
</table>
<ul><li>书号是国家统一的十三位号码，中间没有横线</li><li>日期是借出的那一天，归还的日期不在表里</li></ul>
<p>第一批下载的是镇中学的两位老师，他们打算带学生算一算，寒假和暑假里借得最多的是哪一类书，算好了再贴到馆里的墙上。</p>
"""
TITLE = "图书馆公布借阅记录"


# What the second printing may say that the first does not: in the table, in the code, in the list.
EDITS = [("二十一万", "二十二万"), ("wc -l", "wc -c"), ("十三位", "十位")]
EXTRACTORS = {
    "trafilatura": "import trafilatura; extract = trafilatura.extract",
    "trafilatura, Markdown": "import trafilatura; "
    "extract = lambda page: trafilatura.extract(page, output_format='markdown')",
    "newspaper4k": "import newspaper; "
    "extract = lambda page: newspaper.article('https://a.example', language='zh', input_html=page).text",
    "GNE": "from gne import GeneralNewsExtractor; "
    "extract = lambda page: GeneralNewsExtractor().extract(page)['content']",
    "crawl4ai": "from crawl4ai import DefaultMarkdownGenerator; "
    "extract = lambda page: DefaultMarkdownGenerator().generate_markdown(page, citations=False).raw_markdown",
}


def html(*printings: str) -> str:
    head = f"<html><head><meta charset='utf-8'><title>{TITLE}</title></head>"
    return f"{head}<body><div class='content'><h1>{TITLE}</h1>{''.join(printings)}</div></body></html>"


def needed(snippet: str) -> list[str]:
    """The packages that a snippet imports."""
    nodes = list(ast.walk(ast.parse(snippet)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return sorted({name.partition(".")[0] for name in names})


def skip_without(packages: Iterable[str]) -> None:
    if missing := [package for package in packages if importlib.util.find_spec(package) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}; pip install '.[recipes]' brings it")


def run(snippet: str, folder: Path, said: str = "") -> str:
    """What a snippet prints in a process of its own: these libraries keep caches at home, and settings for good."""
    skip_without(needed(snippet))
    # A file: DuckDB takes code that has none for a person at a prompt, and prints a progress bar if it is slow.
    (folder / "recipe.py").write_text(snippet, encoding="utf-8")
    own = {"HOME": str(folder), "TMPDIR": str(folder), "NEARDUP_PURE": str(int(neardup.backend() == "reference"))}
    done = subprocess.run(
        # Libraries are compiled when they are imported first, and jieba has escapes that there are none of.
        [sys.executable, "-P", "-W", "error", "-W", "ignore:invalid escape sequence", "recipe.py"],
        input=said,
        cwd=folder,
        env={**os.environ, **own},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    return tmp_path


def test_a_skipped_recipe_names_what_is_missing() -> None:
    assert needed(RECIPES["crawl4ai"]) == ["asyncio", "crawl4ai", "neardup", "pathlib"]
    with pytest.raises(pytest.skip.Exception, match=r"not installed: no_such_library; pip install '\.\[recipes\]'"):
        skip_without(["asyncio", "no_such_library"])


@pytest.mark.parametrize("name", RECIPES)
def test_the_recipe_says_what_happens(name: str, folder: Path) -> None:
    assert run(RECIPES[name], folder).splitlines() == re.findall(r"# (.*)", RECIPES[name])


@pytest.mark.parametrize("name", EXTRACTORS)
def test_the_second_printing_goes_and_the_first_stays_as_it_is(name: str) -> None:
    once, doubled, *_ = extracted(name)
    found = neardup.find_repeats(doubled)
    assert found.body_copies == 2
    assert found.clean() == once
    assert neardup.find_repeats(once).clean() == once


@pytest.mark.parametrize("name", ["trafilatura, Markdown", "crawl4ai"])
def test_a_table_code_or_item_of_markdown_that_says_something_else_stays_whole(name: str) -> None:
    once, _, *edited = extracted(name)
    assert len(edited) == len(EDITS)
    for text, (_, said) in zip(edited, EDITS, strict=True):
        [block] = [block for block in blocks(text) if said in block]
        assert blocks(neardup.find_repeats(text).clean()) == [*blocks(once), block]


def test_an_article_is_known_again_whoever_extracted_it() -> None:
    cleaned = {name: neardup.find_repeats(extracted(name)[1]).clean() for name in EXTRACTORS}
    with neardup.Index.open(":memory:") as index:
        answers = index.add_many(cleaned, title=[TITLE] * len(cleaned))
    assert answers.new == ["trafilatura"]
    assert {match.survivor for match in answers.duplicates} == {"trafilatura"}
    assert len(answers.duplicates) == len(cleaned) - 1


@functools.cache
def extracted(name: str) -> list[str]:
    """What an extractor makes of the article printed once, twice, and twice with an edit in the second printing."""
    edited = [html(ARTICLE, ARTICLE.replace(*edit)) for edit in EDITS]
    code = f"{EXTRACTORS[name]}\nimport json, sys\nprint(json.dumps([extract(page) for page in json.load(sys.stdin)]))"
    with tempfile.TemporaryDirectory() as folder:
        texts: list[str] = json.loads(
            run(code, Path(folder), json.dumps([html(ARTICLE), html(ARTICLE, ARTICLE), *edited]))
        )
    return texts


def blocks(markdown: str) -> list[str]:
    """The fences, tables, items and paragraphs of a text, each with its white space made one space."""
    found = re.findall(r"^```[\s\S]*?^```|(?:^ *\|.*\n?)+|^.*\S.*$", markdown, flags=re.MULTILINE)
    return [re.sub(r"\s+", " ", block).strip() for block in found]


def outcome(folder: Path, before: str = "") -> tuple[int, str]:
    """How the task of the scheduler ends, with a line of shell before it, and what it prints."""
    (folder / "clean").mkdir(exist_ok=True)
    done = shell(f'neardup() {{ $N "$@"; }}; {before}\n{TASK}', folder, DAY="day")
    return done.returncode, done.stdout


def test_the_task_ends_as_a_scheduler_wants_it(folder: Path) -> None:
    assert outcome(folder) == (99, "")
    (folder / "day").mkdir()
    assert outcome(folder)[0] == 99
    shutil.copy(ROOT / "fixtures" / "pages.jsonl", folder / "day" / "pages.jsonl")
    code, said = outcome(folder)
    assert code == 0
    assert said.startswith("3 documents: 2 kept, 1 duplicate")
    assert len((folder / "day.clean.jsonl").read_text("utf-8").splitlines()) == 2
    assert outcome(folder) == (0, said), "a retry"


def test_the_task_succeeds_without_inputs_that_failed_if_the_rest_is_written(folder: Path) -> None:
    (folder / "day").mkdir()
    shutil.copy(ROOT / "fixtures" / "pages.jsonl", folder / "day" / "pages.jsonl")
    lines = "".join(json.dumps({"id": f"torn {number}", "text": str(number)}) + "\n" for number in range(1000))
    (folder / "day" / "torn.jsonl.gz").write_bytes(gzip.compress(lines.encode())[:-9])
    code, said = outcome(folder)
    assert "written: day.clean.jsonl" in said
    assert code == 0


@pytest.mark.parametrize(
    ("code", "before"),
    [
        (1, "touch day.clean.jsonl.job"),
        (2, 'neardup() { $N "$@" --no-such-option; }'),
        (130, "neardup() { return 130; }"),
        (143, 'neardup() { $N "$@" & kill -s TERM $!; wait $!; }'),
    ],
)
def test_the_task_fails_with_the_code_of_a_run_that_wrote_nothing(code: int, before: str, folder: Path) -> None:
    (folder / "day").mkdir()
    shutil.copy(ROOT / "fixtures" / "pages.jsonl", folder / "day" / "pages.jsonl")
    assert outcome(folder, before) == (code, "\n")
