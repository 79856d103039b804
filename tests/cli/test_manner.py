"""One manner for every command of cmpctl: a table over the whole tree of commands."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from example_overlays import EXAMPLES, KEY, ROOT, environment, needs_validate

from cmp.cli import ctl

CMPCTL = str(Path(sys.executable).with_name("cmpctl"))

# Commands whose result is a text of its own form, or nothing at all.
NO_JSON = {
    "cmpctl completion": "a shell script",
    "cmpctl docs": "a page",
    "cmpctl help": "help",
    "cmpctl parameters": "JSON always",
    "cmpctl secrets check": "nothing, or errors",
    "cmpctl secrets keygen": "an identity file",
    "cmpctl secrets encrypt": "the document",
    "cmpctl secrets decrypt": "the document",
    "cmpctl secrets edit": "an editor",
    "cmpctl secrets set": "nothing",
    "cmpctl secrets unset": "nothing",
    "cmpctl secrets exec-env": "what the program prints",
    "cmpctl secrets exec-file": "what the program prints",
    "cmpctl secrets filestatus": "JSON always",
}


def _below(command: click.Command, ctx: click.Context) -> list[click.Context]:
    """A context for a command and for each below it."""
    found = [ctx]
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            assert inner is not None
            found += _below(inner, click.Context(inner, ctx, info_name=name))
    return found


ALL = _below(ctl.command, click.Context(ctl.command, info_name="cmpctl", help_option_names=["-h", "--help"]))
LEAVES = [ctx for ctx in ALL if not isinstance(ctx.command, click.Group)]
EVERY = pytest.mark.parametrize("ctx", ALL, ids=lambda ctx: ctx.command_path)
EACH = pytest.mark.parametrize("ctx", LEAVES, ids=lambda ctx: ctx.command_path)


def run(*words: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """cmpctl in a process of its own, from the project's root, with the examples' key; never a terminal."""
    given = {"SOPS_AGE_KEY_FILE": str(KEY), **extra}
    return subprocess.run(
        [CMPCTL, *words], cwd=ROOT, env=environment(**given), capture_output=True, text=True, check=False
    )


def options(ctx: click.Context) -> dict[str, click.Option]:
    return {name: each for each in ctx.command.params if isinstance(each, click.Option) for name in each.opts}


def examples(ctx: click.Context) -> list[str]:
    text = (ctx.command.help or "").partition("Examples:")[2]
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_there_are_all() -> None:
    assert len(ALL) == 33
    assert {ctx.command_path for ctx in LEAVES} >= NO_JSON.keys()


@EVERY
def test_help_says_what_and_shows_how(ctx: click.Context) -> None:
    first = (ctx.command.help or "").strip().splitlines()[0]
    assert re.fullmatch(r"[A-Z].*", first)
    calls = examples(ctx)
    assert calls
    assert any(ctx.command_path in call for call in calls)
    for call in calls:
        words = shlex.split(call, comments=True)
        start = words.index("cmpctl") if "cmpctl" in words else 0
        path: click.Command = ctl.command
        ours = words[start + 1 :]
        where = click.Context(path, info_name="cmpctl")
        while isinstance(path, click.Group) and ours:
            if ours[0] == "--deadline":
                del ours[:2]  # an option of cmpctl itself, before the command
            found = path.get_command(where, ours.pop(0))
            assert found is not None, call
            path, where = found, click.Context(found, where, info_name=found.name)
        known = {name for each in path.params for name in (*each.opts, *each.secondary_opts)} | {
            "--help",
            "-h",
        }
        for word in ours[: next((n for n, w in enumerate(ours) if w in (">", "|", "kubectl")), None)]:
            if word.startswith("--"):
                assert word.partition("=")[0] in known, call


@EVERY
def test_both_forms_of_help(ctx: click.Context) -> None:
    """In processes of their own: click remembers the names of a command's help from its first use."""
    texts = [run(*ctx.command_path.split()[1:], flag) for flag in ("--help", "-h")]
    assert texts[0].stdout == texts[1].stdout
    for each in texts:
        assert (each.returncode, each.stderr) == (0, "")
        assert "Usage: " in each.stdout
        assert "\x1b" not in each.stdout


@EACH
def test_every_option_is_explained_and_quiet_is_one(ctx: click.Context) -> None:
    found = options(ctx)
    assert "--quiet" in found and "-q" in found
    assert all(each.help and each.help.strip().endswith(".") for each in found.values()), {
        name for name, each in found.items() if not (each.help or "").strip().endswith(".")
    }


@EACH
def test_a_program_can_read_it(ctx: click.Context) -> None:
    output = options(ctx).get("--output")
    if ctx.command_path in NO_JSON:
        assert output is None
        return
    assert output is not None
    assert isinstance(output.type, click.Choice)
    assert list(output.type.choices)[:2] == ["text", "json"]
    assert output.default == "text"


@EVERY
def test_wrong_usage_is_two_and_names_the_nearest(
    ctx: click.Context, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ctx.command_path.split()[1:]
    assert ctl.main([*words, "--qiet"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: no such option")
    assert f"{ctx.command_path} --help\n" in err
    if ctx in LEAVES:
        assert "--quiet" in err
    else:
        name = ctx.command.list_commands(ctx)[0]  # type: ignore[attr-defined]
        assert ctl.main([*words, name[:-1] + "x"]) == 2
        assert f"did you mean {name!r}?" in capsys.readouterr().err


@EVERY
def test_completion_offers_its_words(ctx: click.Context) -> None:
    from click.shell_completion import ShellComplete

    completer = ShellComplete(ctl.command, {}, "cmpctl", "_CMPCTL_COMPLETE")
    words = ctx.command_path.split()[1:]
    offered = {item.value for item in completer.get_completions(words, "-")}
    assert offered >= {"--help"} | ({"--quiet"} if ctx in LEAVES else set())
    if isinstance(ctx.command, click.Group):
        assert {item.value for item in completer.get_completions(words, "")} == set(
            ctx.command.list_commands(ctx)
        )


STAGING, PRODUCTION = (
    f"{EXAMPLES}/fraud-detection/k8s/overlays/{name}" for name in ("staging", "production")
)
SECRET = f"{STAGING}/registry.enc.yaml"
RULES = f"{EXAMPLES}/fraud-detection/.sops.yaml"
READ = [
    ["diff", STAGING, PRODUCTION],
    ["validate", PRODUCTION],
    ["models", "show", PRODUCTION],
    ["models", "set", STAGING, "--weight", "candidate=30", "--dry-run"],
    ["models", "promote", "--from", STAGING, "--to", PRODUCTION, "--model", "candidate", "--dry-run"],
    ["models", "history", PRODUCTION],
    ["paths", PRODUCTION],
    ["doctor"],
    ["secrets", "show-recipients", SECRET],
    ["secrets", "updatekeys", "--dry-run", "--config", RULES, SECRET],
]


@pytest.mark.parametrize("words", READ, ids=lambda words: " ".join(words[:2]))
def test_json_is_json_and_text_has_no_colour(words: list[str]) -> None:
    if words[0] == "validate":
        needs_validate()
    done = run(*words, "--output", "json")
    assert done.returncode in (0, 1), done.stderr
    json.loads(done.stdout)
    text = run(*words, FORCE_COLOR="1")
    assert text.returncode == done.returncode
    assert "\x1b" not in text.stdout + text.stderr


QUIET = [
    (["diff", STAGING, STAGING], 0),
    (["validate", STAGING], 0),
    (["models", "set", STAGING, "--weight", "candidate=30", "--dry-run"], 0),
    (["secrets", "updatekeys", "--dry-run", "--config", RULES, SECRET], 0),
]


@pytest.mark.parametrize(
    ("words", "code"), QUIET, ids=lambda part: " ".join(part[:2]) if isinstance(part, list) else ""
)
def test_quiet_says_nothing_when_all_is_well(words: list[str], code: int) -> None:
    if words[0] == "validate":
        needs_validate()
    loud, quiet = run(*words), run(*words, "-q")
    assert (loud.returncode, quiet.returncode) == (code, code)
    assert loud.stdout + loud.stderr
    assert quiet.stdout + quiet.stderr == ""


def test_quiet_keeps_errors() -> None:
    done = run("diff", "no-such-folder", STAGING, "--quiet")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
