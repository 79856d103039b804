"""Shell completion: the script of each shell, and what the group offers for a word."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

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
    ("words", "expected"),
    [
        (["--pl"], ["--plain"]),
        (["--color", "a"], ["always", "auto"]),
        (["--output", "no-such"], []),
        (["sub"], ["subfolder"]),
        (["-o", "some"], ["some-file"]),
    ],
)
def test_bash_completes_cmp_generate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], expected: list[str]
) -> None:
    (tmp_path / "subfolder").mkdir()
    (tmp_path / "some-file").touch()
    assert ctl.main(["completion", "bash", "cmp-generate"]) == 0
    typed = " ".join(["cmp-generate", *words])
    ask = (
        f"COMP_WORDS=({typed}); COMP_CWORD={len(words)}; _cmp_generate 2> /dev/null;"
        ' printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", capsys.readouterr().out + ask],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(done.stdout.split()) == expected


@pytest.mark.parametrize(("shell", "check"), [("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])])
def test_other_shells_read_the_script(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shell: str, check: list[str]
) -> None:
    assert ctl.main(["completion", shell, "cmp-generate"]) == 0
    text = capsys.readouterr().out
    for option in ("plain", "masked", "output", "app"):
        assert option in text
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on PATH to read the script")
    (tmp_path / "script").write_text(text)
    subprocess.run([*check, str(tmp_path / "script")], check=True)


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
