"""Texts on the disk."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once


@pytest.mark.skipif(sys.platform == "win32", reason="no such limits")
def test_more_files_than_a_process_may_open_without_asking(tmp_path: Path) -> None:
    code = """
import resource, sys
from pathlib import Path
import numpy as np
from neardup.jobs.texts import StoredTexts, write_texts
from neardup.jobs.workspace import Workspace

work = Workspace(Path(sys.argv[1]))
for number in range(70):
    write_texts(work, "texts", number, [f"text {number}", "a longer text than fits into a view"])
stored = StoredTexts(work, "texts", 1)
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (60, hard))
stored = StoredTexts(work, "texts", 70)
print(stored.column(np.array([0, 139, 138])).take(np.arange(3)))
"""
    done = subprocess.run([sys.executable, "-P", "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "['text 0', 'a longer text than fits into a view', 'text 69']\n"
