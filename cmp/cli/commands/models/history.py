"""`cmpctl models history`: which versions an overlay has served, from the commits of its files."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NamedTuple

import click

from cmp.cli.commands.models.overlay import CONFIG_FILE, LOCK_FILE, Overlay
from cmp.cli.output import as_json, report, table, write
from cmp.models.errors import ModelError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = "%H%x09%cI%x09%an%x09%s"


class State(NamedTuple):
    """What one revision of the files says by model: version, reference, weight, a URI's text."""

    models: dict[str, dict[str, str]]


@click.command()
@click.argument("overlay")
@click.option("--model", "only", default="", help="Only this model.")
@click.option("--limit", default=50, show_default=True, help="How many commits to look at.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="Form of the list.")
def command(overlay: str, only: str, limit: int, output: str) -> int:
    """Print what changed for each model of OVERLAY, newest first.

    Reads commits of the overlay's own lock and ModelConfig; needs no key: versions are not encrypted.

    \b
    Examples:
      cmpctl models history k8s/overlays/production --model baseline
    """
    opened = Overlay.open_as_readable(overlay)
    places = {place.path for place in opened.places()}
    paths = sorted(places | {os.path.join(opened.path, name) for name in (LOCK_FILE, CONFIG_FILE)})
    rows = _rows(opened.path, paths, only, limit)
    if _git(opened.path, "rev-parse", "--is-shallow-repository").strip() == "true":
        report(None, ["the clone is shallow: older commits are missing (git fetch --unshallow)"])
    if output == "json":
        write(sys.stdout, as_json(rows))
        return 0
    shown = [
        [row["commit"][:10], row["date"][:10], row["author"], row["model"], row["change"]] for row in rows
    ]
    text = table(shown, ("commit", "date", "author", "model", "change"))
    write(sys.stdout, text or "no commit changes a model\n")
    return 0


def _rows(folder: str, paths: list[str], only: str, limit: int) -> list[dict[str, str]]:
    log = _git(folder, "log", f"--max-count={limit}", f"--format={FORMAT}", "--", *paths)
    commits = [line.split("\t", 3) for line in log.splitlines() if line.count("\t") >= 3]
    states = [_state(folder, commit[0], paths) for commit in commits]
    # The state before the oldest commit shown, to say what that commit changed.
    states.append(_state(folder, f"{commits[-1][0]}^", paths) if commits else State({}))
    rows = []
    for position, (commit, date, author, subject) in enumerate(commits):
        new, old = states[position].models, states[position + 1].models
        for model in dict.fromkeys((*new, *old)):
            change = _change(old.get(model, {}), new.get(model, {}))
            if change and only in ("", model):
                rows.append(
                    {
                        "commit": commit,
                        "date": date,
                        "author": author,
                        "subject": subject,
                        "model": model,
                        "change": change,
                    }
                )
    return rows


def _state(folder: str, revision: str, paths: list[str]) -> State:
    from cmp.yaml import YamlError
    from cmp.yaml.plain import plain_values

    models: dict[str, dict[str, str]] = {}
    for path in paths:
        text = _show(folder, revision, path)
        try:
            documents = plain_values(text)
        except YamlError:
            continue  # a commit may hold a broken file; the history around it is still worth showing
        for body in documents:
            if isinstance(body, dict) and str(body.get("apiVersion", "")).startswith("cmp.mlops/"):
                _take(models, body)
    return State(models)


def _take(models: dict[str, dict[str, str]], body: dict[str, Any]) -> None:
    spec = body.get("spec")
    if not isinstance(spec, dict):
        return
    if body.get("kind") == "ModelLock":
        for name, entry in _items(spec.get("entries")):
            version = str(entry.get("version") or entry.get("runId") or entry.get("model") or "?")
            models.setdefault(name, {})["version"] = version
    elif body.get("kind") == "ModelConfig":
        for name, entry in _items(spec.get("models")):
            for key in ("ref", "uri"):
                if isinstance(entry.get(key), str):
                    models.setdefault(name, {})[key] = entry[key]
        traffic = spec.get("traffic")
        weights = traffic.get("weights") if isinstance(traffic, dict) else None
        for name, weight in weights.items() if isinstance(weights, dict) else ():
            models.setdefault(str(name), {})["weight"] = str(weight)


def _items(value: Any) -> list[tuple[str, dict[str, Any]]]:
    pairs = value.items() if isinstance(value, dict) else ()
    return [(str(name), entry) for name, entry in pairs if isinstance(entry, dict)]


def _change(old: dict[str, str], new: dict[str, str]) -> str:
    parts = []
    for key, word in (("version", "version "), ("ref", ""), ("weight", "weight ")):
        if old.get(key) != new.get(key):
            parts.append(f"{word}{old.get(key, 'none')} -> {new.get(key, 'none')}")
    if old.get("uri") != new.get("uri"):
        # Never the URI: two ciphertexts of one URI differ, too, so this can say more than has changed.
        parts.append(
            "uri changed"
            if old.get("uri") and new.get("uri")
            else "uri set"
            if new.get("uri")
            else "uri removed"
        )
    return "; ".join(parts)


def _show(folder: str, revision: str, path: str) -> str:
    relative = os.path.relpath(path, folder)
    try:
        return _git(folder, "show", "--end-of-options", f"{revision}:./{relative}")
    except ModelError:
        return ""  # the file is younger than the revision


def _git(folder: str, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", folder, *arguments],  # noqa: S607
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise ModelError("git is not on PATH", hint="history reads git") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise ModelError(
            f"git {arguments[0]}: {lines[-1] if lines else 'failed'}", hint="is this a git repository?"
        )
    return done.stdout
