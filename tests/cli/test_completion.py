"""Shell completion: the script of each shell, and what the group offers for a word."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cmp.cli import ctl


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = ctl.main(["completion", shell])
    except RuntimeError as error:  # click asks bash itself for its version
        pytest.skip(f"{shell} is not as click wants it: {error}")
    assert code == 0
    assert "_CMPCTL_COMPLETE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"), [("cmpctl dif", "plain,diff"), ("cmpctl validate --fail", "plain,--fail-on")]
)
def test_words_are_completed(words: str, expected: str) -> None:
    env = {
        **os.environ,
        "_CMPCTL_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    code = "import sys; from cmp.cli.ctl import command; sys.exit(command.main(prog_name='cmpctl'))"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert expected in done.stdout
