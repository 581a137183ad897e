"""Processes that write an index, and the articles that they write; loads nothing but the library."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TEXT = (
    "据介绍，重庆经开区把质量强区战略写入全区规划，加快引进和培育壮大龙头企业。同时积极搭建创新服务平台，落实各项鼓励创新的"
    "优惠政策，设立高新技术产业引导基金。质监部门负责人表示，下一步将以品牌建设和标准化工作为引领，促进区域经济发展。"
)
_WORDS = [_TEXT[i : i + 3] for i in range(0, len(_TEXT) - 3, 3)]

_TRADITIONAL = str.maketrans("庆经开区质战规划进养龙头业务们关报", "慶經開區質戰規劃進養龍頭業務們關報")

VARIANTS: list[Callable[[str], str]] = [
    lambda text: text,
    lambda text: text.replace("，", ","),
    lambda text: text.replace("。", "。\n"),
    lambda text: text.translate(_TRADITIONAL),
    lambda text: text.replace("，", ""),
    lambda text: f"  {text}　",
    lambda text: "\n".join(text[i : i + 40] for i in range(0, len(text), 40)),
    lambda text: text.translate(_TRADITIONAL).replace("，", "、"),
]
"""Copies of an article, all identical by what is compared."""


def article(number: int, writer: int = 0) -> str:
    """Make an article that is like no other, of any writer."""
    rng = random.Random(number * 1000 + writer)
    own = "".join(chr(rng.randrange(0x4E00, 0x9000)) for _ in range(100))
    return "".join(rng.choices(_WORDS, k=20)) + own


def articles(count: int, writer: int = 0) -> list[str]:
    """Make several."""
    return [article(number, writer) for number in range(count)]


def environment() -> dict[str, str]:
    """Give the environment of a process that finds the library and the tests."""
    # The source tree beside the tests comes last: it has no kernels, and must not hide what is installed.
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), str(Path(__file__).parent.parent)])}


@contextmanager
def started(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Start a process that is ready, as it says by a line ``open``; it is ended at last."""
    command = [sys.executable, "-P", "-c", dedent(code), *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment(), stdin=pipe, stdout=pipe, text=True, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            process.kill()


def go(process: subprocess.Popen[str]) -> None:
    """Let a process that waits for a line go on."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def told(process: subprocess.Popen[str]) -> list[str]:
    """Give the whole lines that a process wrote until its end."""
    return [line.rstrip("\n") for line in process.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
