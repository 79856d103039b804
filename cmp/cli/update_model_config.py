"""`update-model-config.py`: model URIs, weights and resource figures, in a ConfigMap or a ModelConfig.

Only what is asked changes; comments, order, quotes and line ends stay. Never touches git or a cluster.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

import click

from cmp.cli.commands.models.finish import Wish, finish
from cmp.cli.commands.models.overlay import GROUP, Overlay, disk_tree, keys_of_environment
from cmp.cli.commands.models.readers import overlays_reading
from cmp.cli.edge import run_click
from cmp.errors import CmpError, Where
from cmp.models import quantity, reference, storage
from cmp.models.edit import files
from cmp.models.edit.files import FileEdit
from cmp.models.errors import ModelError, PolicyError, ReferenceSyntaxError
from cmp.models.nearest import did_you_mean
from cmp.models.resolve import check_sum, weight_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.models.config import ModelConfig
    from cmp.models.edit.text import Editor

DEFAULT_CONFIG = "k8s/base/model-config.yaml"
OVERLAYS = "k8s/overlays"
# Which model of a ModelConfig, and which key of the ConfigMap, each option means.
MODELS = {"v1": "baseline", "v2": "candidate"}
URI_KEYS = {"v1": "fraud-v1-storage-uri", "v2": "fraud-v2-storage-uri"}
WEIGHT_KEYS = {"baseline": "traffic-split-baseline", "candidate": "traffic-split-candidate"}
RESOURCES = ("cpu-request", "memory-request", "cpu-limit", "memory-limit")
SCHEMES = ("s3", "gs", "wasbs", "abfss")
# A plain ConfigMap has no policy to say how buckets of environments correspond.
BUCKETS = (("s3://mlflow-artifacts-staging/", "s3://mlflow-artifacts-prod/"),)


class Asked(NamedTuple):
    """What to set. uris: by v1 and v2. weights: by baseline and candidate. resources: by ConfigMap key."""

    uris: dict[str, str]
    weights: dict[str, str]
    resources: dict[str, str]

    def nothing(self) -> bool:
        """Whether nothing was asked."""
        return not (self.uris or self.weights or self.resources)


class Rules(NamedTuple):
    """What URIs may be here."""

    production: bool
    prefixes: tuple[str, ...]
    https: bool


class Found(NamedTuple):
    """The document to edit: its file, number, kind and name."""

    edit: FileEdit
    editor: Editor
    document: int
    kind: str
    name: str


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--v1-uri", help="URI of the baseline model.")
@click.option("--v2-uri", help="URI of the candidate model.")
@click.option("--v1-uri-file", metavar="FILE", help="Read the baseline's URI from a file.")
@click.option("--v2-uri-file", metavar="FILE", help="Read the candidate's URI from a file.")
@click.option("--baseline-weight", metavar="N", help="Percent of the traffic; the candidate gets the rest.")
@click.option("--candidate-weight", metavar="N", help="Percent of the traffic; the baseline gets the rest.")
@click.option("--cpu-request", metavar="Q", help="Such as 250m.")
@click.option("--memory-request", metavar="Q", help="Such as 1Gi.")
@click.option("--cpu-limit", metavar="Q", help="Not below the request.")
@click.option("--memory-limit", metavar="Q", help="Not below the request.")
@click.option("-c", "--config", "--config-file", "config", metavar="FILE", help=f"Default: {DEFAULT_CONFIG}.")
@click.option(
    "--env", type=click.Choice(["staging", "production"]), help=f"Edit the file below {OVERLAYS}/ENV."
)
@click.option("--init", is_flag=True, help="Create a missing file from its .example.")
@click.option(
    "--promote-from", type=click.Choice(["staging"]), help="Make that overlay's candidate the baseline here."
)
@click.option(
    "--allow-prefix", "prefixes", multiple=True, metavar="URI", help="URIs must be below one of these."
)
@click.option("--allow-https", is_flag=True, help="Take https:// URIs, too.")
@click.option("--dry-run", is_flag=True, help="Change nothing; print a diff.")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if something would change.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(**options: Any) -> int:
    """Update model URIs, traffic weights and resource figures.

    Works on a ConfigMap with the keys of fraud-model-config, and on a ModelConfig. Prints a diff and which
    objects of which overlays change. Exit codes: 0 done, 1 refused, 2 wrong usage.

    \b
    Examples:
      update-model-config.py --v1-uri s3://mlflow-prod/e1/r1/artifacts --v2-uri s3://mlflow-prod/e2/r2/artifacts
      update-model-config.py --env staging --baseline-weight 50 --candidate-weight 50
      update-model-config.py --dry-run --v2-uri models:/fraud-detector@challenger
      update-model-config.py --env production --promote-from staging --dry-run
    """
    wish = Wish(options["dry_run"], options["check"], options["output"] == "json")
    asked = _asked(options)
    if options["promote_from"]:
        return _promote(options, asked, wish)
    if asked.nothing():
        raise click.UsageError("nothing to do: give a URI, a weight or a resource figure")
    path, notes = _path(options)
    rules = Rules(_is_production(options["env"], path), tuple(options["prefixes"]), options["allow_https"])
    warnings: list[str] = []
    for which, uri in asked.uris.items():
        _check_uri(uri, f"--{which}-uri", rules, warnings)
    return _update(path, asked, rules, wish, warnings, notes, options["init"])


def _asked(options: dict[str, Any]) -> Asked:
    uris = {}
    for which in ("v1", "v2"):
        text, file = options[f"{which}_uri"], options[f"{which}_uri_file"]
        if text is not None and file is not None:
            raise click.UsageError(f"--{which}-uri and --{which}-uri-file exclude each other")
        if file is not None:
            text = _first_line(file)
        if text is not None:
            uris[which] = text
    weights = {
        name: options[f"{name}_weight"] for name in WEIGHT_KEYS if options[f"{name}_weight"] is not None
    }
    resources = {
        key: options[key.replace("-", "_")] for key in RESOURCES if options[key.replace("-", "_")] is not None
    }
    return Asked(uris, weights, resources)


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError("the URI file cannot be read", where=Where(file=path)) from error
    if not text or "\n" in text:
        raise ModelError("the file must hold one URI", where=Where(file=path))
    return text


def _path(options: dict[str, Any]) -> tuple[str, list[str]]:
    """The file to edit; created from its example first where that is asked for."""
    if options["config"] and options["env"]:
        raise click.UsageError("--config and --env exclude each other")
    path = options["config"] or DEFAULT_CONFIG
    if options["env"]:
        path = os.path.join(OVERLAYS, options["env"], "model-config.yaml")
    if os.path.exists(path):
        return path, []
    example = next(
        (each for each in (f"{path}.example", f"{DEFAULT_CONFIG}.example") if os.path.exists(each)), ""
    )
    if not example or not options["init"]:
        hint = (
            "add --init to create it from " + example
            if example
            else "run it from the repository's top folder"
        )
        raise ModelError("no such file", where=Where(file=path), hint=hint)
    return path, [f"created from {example}; list it in the folder's kustomization"]


def _is_production(env: str | None, path: str) -> bool:
    return env == "production" or "production" in os.path.realpath(path).split(os.sep)


def _check_uri(uri: str, option: str, rules: Rules, warnings: list[str]) -> None:
    """Everything that can be wrong with a URI; the message never repeats it."""
    try:
        if reference.is_reference(uri):
            reference.parse(uri)
            return
        storage.check(uri)
    except ReferenceSyntaxError as error:
        raise ModelError(f"{option}: {error.message}", hint=error.hint) from error
    scheme = uri.partition(":")[0]
    if scheme not in SCHEMES and not (scheme == "https" and rules.https):
        hint = (
            "add --allow-https" if scheme == "https" else f"use {', '.join(SCHEMES)}, or a models:/ reference"
        )
        raise ModelError(f"{option}: the scheme {scheme!r} is not allowed", hint=hint)
    if storage.is_bare_bucket(uri):
        warnings.append(f"{option} names a bucket and nothing in it: is the path missing?")
    if storage.is_placeholder(uri):
        if rules.production:
            raise ModelError(f"{option}: a placeholder must not reach production", hint="give the real URI")
        warnings.append(f"{option} is a placeholder")
    if rules.prefixes and not any(storage.below(uri, prefix) for prefix in rules.prefixes):
        raise PolicyError(f"{option}: the URI is below none of --allow-prefix")


def _update(
    path: str, asked: Asked, rules: Rules, wish: Wish, warnings: list[str], notes: list[str], init: bool
) -> int:
    edit = _load(path)
    found = _find(edit)
    overlays = overlays_reading(path)
    if found.kind == "ModelConfig":
        _set_model_config(found, asked, overlays, wish, warnings)
    else:
        _refuse_targeted(found, asked, overlays)
        _set_config_map(found, asked, warnings)
    edit.take(found.editor)
    shown = [os.path.relpath(each) for each in overlays]
    if not overlays and edit.changed:
        warnings.append(f"no kustomization reads {path}: nothing was rendered")
    tree = disk_tree(os.path.dirname(os.path.realpath(path)))
    return finish([edit], wish, tree, shown, warnings=warnings, notes=notes)


def _load(path: str) -> FileEdit:
    if os.path.exists(path):
        return files.load(path, keys_of_environment())
    example = f"{path}.example" if os.path.exists(f"{path}.example") else f"{DEFAULT_CONFIG}.example"
    return files.new(path, files.load(example).text)


def _find(edit: FileEdit) -> Found:
    """The ModelConfig of the file, or the ConfigMap with the most of our keys."""
    editor = edit.editor()
    best: tuple[int, Found] | None = None
    kinds = []
    ours = {*URI_KEYS.values(), *WEIGHT_KEYS.values(), *RESOURCES}
    for number, body in enumerate(editor.documents):
        if not isinstance(body, dict):
            continue
        kind, metadata = str(body.get("kind")), body.get("metadata")
        name = str(metadata.get("name")) if isinstance(metadata, dict) else ""
        kinds.append(kind)
        if kind == "ModelConfig" and str(body.get("apiVersion", "")).startswith(GROUP):
            return Found(edit, editor, number, kind, name)
        if kind == "ConfigMap":
            data = body.get("data")
            score = len(ours & data.keys()) if isinstance(data, dict) else 0
            if best is None or score > best[0]:
                best = (score, Found(edit, editor, number, kind, name))
    if best is None:
        raise ModelError(
            f"the file holds neither a ConfigMap nor a ModelConfig, but {', '.join(kinds) or 'nothing'}",
            where=Where(file=edit.path),
        )
    data = editor.documents[best[1].document].get("data")
    if not isinstance(data, dict):
        raise ModelError(
            "the ConfigMap has no data",
            where=Where(file=edit.path, object=f"ConfigMap/{best[1].name}", field="data"),
        )
    return best[1]


# -- a ConfigMap


def _set_config_map(found: Found, asked: Asked, warnings: list[str]) -> None:
    data = found.editor.documents[found.document]["data"]
    where = Where(file=found.edit.path, object=f"ConfigMap/{found.name}", field="data")
    wanted = {URI_KEYS[which]: uri for which, uri in asked.uris.items()}
    for which, uri in asked.uris.items():
        if reference.is_reference(uri):
            warnings.append(f"--{which}-uri is a model reference: what reads the ConfigMap must resolve it")
    wanted |= {WEIGHT_KEYS[name]: str(weight) for name, weight in _weights(asked, data, where).items()}
    wanted |= asked.resources
    _check_resources({**{key: data.get(key) for key in RESOURCES}, **asked.resources}, where)
    for key, value in wanted.items():
        if key not in data:
            warnings.append(f"the key {key} was not there: {did_you_mean(key, data, 'its keys are')}")
        found.editor.set(("data", key), value, found.document)


def _weights(asked: Asked, old: dict[str, Any], where: Where) -> dict[str, int]:
    """Both weights, if one was asked for; the other one is the complement."""
    if not asked.weights:
        return {}
    weights = {name: weight_of(name, text, where) for name, text in asked.weights.items()}
    for name in WEIGHT_KEYS:
        if name not in weights:
            weights[name] = 100 - sum(weights.values())
    check_sum(weights, where, "the weights")
    return weights


def _check_resources(figures: dict[str, Any], where: Where) -> None:
    values = {
        key: quantity.value_of(text, f"{key} {text!r}")
        for key, text in figures.items()
        if isinstance(text, str)
    }
    for kind in ("cpu", "memory"):
        request, limit = values.get(f"{kind}-request"), values.get(f"{kind}-limit")
        if request is not None and limit is not None and request > limit:
            raise ModelError(f"the {kind} request is above the {kind} limit", where=where)


def _refuse_targeted(found: Found, asked: Asked, overlays: list[str]) -> None:
    """A key that a ModelConfig fills would be overwritten at every render: name the file to edit instead."""
    keys = {URI_KEYS[which] for which in asked.uris} | (set(WEIGHT_KEYS.values()) if asked.weights else set())
    for folder in overlays:
        try:
            overlay = Overlay.open(folder, None)
            configs = overlay.declarations().configs
        except CmpError:
            continue  # an overlay that does not build cannot tell; its failure is reported after the edit
        for config in configs:
            targets = [target for model in config.models.values() for target in model.targets]
            targets += config.traffic.targets if config.traffic is not None else []
            for target in targets:
                filled = {target.options.get("key", ""), *target.keys.values()} & keys
                if target.kind == "ConfigMap" and target.name == found.name and filled:
                    file = _declaring_file(found.edit.path, overlay, config)
                    raise ModelError(
                        f"the key {min(filled)} is filled from ModelConfig/{config.name} at every render",
                        where=Where(file=found.edit.path, object=f"ConfigMap/{found.name}"),
                        hint=f"edit {os.path.relpath(file)} instead: --config {os.path.relpath(file)}",
                    )


def _declaring_file(path: str, overlay: Overlay, config: ModelConfig) -> str:
    """The ModelConfig's file beside the edited one, else the overlay's own, else the one it was read from."""
    beside = os.path.dirname(os.path.realpath(path))
    for folder in dict.fromkeys((beside, overlay.path)):
        try:
            place = Overlay.open(folder, None).place("ModelConfig", config)
        except CmpError:
            continue
        if place is not None:
            return place.path
    return config.resource.file


# -- a ModelConfig


def _set_model_config(
    found: Found, asked: Asked, overlays: list[str], wish: Wish, warnings: list[str]
) -> None:
    where = Where(file=found.edit.path, object=f"ModelConfig/{found.name}")
    if asked.resources:
        raise ModelError(
            "a ModelConfig holds no resource figures",
            where=where,
            hint=_figures_file(found.edit.path, overlays),
        )
    spec = found.editor.documents[found.document].get("spec")
    if not isinstance(spec, dict):
        raise ModelError("the ModelConfig has no spec", where=where)
    for which, uri in asked.uris.items():
        _set_model(found, spec, MODELS[which], uri, wish, warnings)
    if asked.uris:
        _check_policies(found, asked, overlays)
    for name, weight in _weights(asked, {}, where).items():
        found.editor.set(("spec", "traffic", "weights", name), weight, found.document)


def _set_model(
    found: Found, spec: dict[str, Any], name: str, uri: str, wish: Wish, warnings: list[str]
) -> None:
    models = spec.get("models")
    model = models.get(name) if isinstance(models, dict) else None
    old = model if isinstance(model, dict) else {}
    annotations = (found.editor.documents[found.document].get("metadata") or {}).get("annotations") or {}
    patch = "config.kubernetes.io/local-config" not in annotations
    key, other = ("ref", "uri") if reference.is_reference(uri) else ("uri", "ref")
    if old.get(key) == uri:
        return
    if not (wish.dry_run or wish.check):
        # A preview is masked and needs no key; what is written must be encrypted.
        found.edit.open_to_secrets()
    elif found.edit.sealed:
        warnings.append("no key opened the file: this is a preview, writing needs SOPS_AGE_KEY_FILE")
    path = ("spec", "models", name)
    if old.get(other) is not None and not patch:
        found.editor.rename((*path, other), key, uri, found.document)
    else:
        found.editor.set((*path, key), uri, found.document)
        if old.get(other) is not None:
            found.editor.set((*path, other), None, found.document)
    if key == "ref":
        warnings.append(f"{name} is a reference now: run cmpctl models lock")


def _check_policies(found: Found, asked: Asked, overlays: list[str]) -> None:
    """The policy of each overlay that this file belongs to itself; a base serves several."""
    folder = os.path.dirname(os.path.realpath(found.edit.path))
    if folder not in overlays:
        return
    try:
        configs = Overlay.open(folder, None).declarations().configs
    except CmpError:
        return
    for config in configs:
        for which, uri in asked.uris.items():
            prefixes = config.policy.allowed_prefixes
            if config.policy.require_lock and not reference.is_reference(uri):
                raise PolicyError(
                    f"--{which}-uri: the policy of this overlay requires a lock",
                    where=config.policy.node.where,
                    hint="give a models:/ reference and run cmpctl models lock",
                )
            if (
                prefixes
                and not reference.is_reference(uri)
                and not any(storage.below(uri, each) for each in prefixes)
            ):
                raise PolicyError(
                    f"--{which}-uri: the URI is below none of policy.allowedPrefixes",
                    where=config.policy.node.where,
                    hint="a model of another environment? use --promote-from",
                )


def _figures_file(path: str, overlays: list[str]) -> str:
    """Where the resource figures are: a ConfigMap beside this file."""
    folder = os.path.dirname(os.path.realpath(path))
    for folder_ in dict.fromkeys((folder, *overlays)):
        for name in sorted(os.listdir(folder_)):
            candidate = os.path.join(folder_, name)
            if name.endswith((".yaml", ".yml")) and candidate != os.path.realpath(path):
                with open(candidate, encoding="utf-8", errors="replace") as file:
                    if "cpu-limit:" in file.read():
                        return (
                            f"they are in {os.path.relpath(candidate)}: --config {os.path.relpath(candidate)}"
                        )
    return "they are in a ConfigMap: name its file with --config"


# -- promotion


def _promote(options: dict[str, Any], asked: Asked, wish: Wish) -> int:
    if options["env"] == options["promote_from"] or not (options["env"] or options["config"]):
        raise click.UsageError("--promote-from needs another overlay to promote to: --env production")
    if not asked.nothing():
        raise click.UsageError("--promote-from copies what was tested: give no URI, weight or figure with it")
    source = os.path.join(OVERLAYS, options["promote_from"])
    path, notes = _path(options)
    edit = files.load(path, keys_of_environment()) if os.path.exists(path) else _load(path)
    if _find(edit).kind == "ModelConfig":
        from cmp.cli.commands.models.promote import run

        return run(source, os.path.dirname(path), ("candidate=baseline",), "", wish)
    theirs = os.path.join(source, "model-config.yaml")
    uri = _candidate_uri(theirs)
    for old, new in BUCKETS:
        if storage.below(uri, old):
            uri = new + uri[len(old) :]
            notes.append(
                f"the URI is mapped from {old} to {new}; no artefact is copied: make sure it is there"
            )
    rules = Rules(_is_production(options["env"], path), tuple(options["prefixes"]), options["allow_https"])
    warnings: list[str] = []
    _check_uri(uri, f"the candidate of {theirs}", rules, warnings)
    return _update(path, Asked({"v1": uri}, {}, {}), rules, wish, warnings, notes, options["init"])


def _candidate_uri(path: str) -> str:
    found = _find(files.load(path, keys_of_environment()))
    body = found.editor.documents[found.document]
    uri = body["data"].get(URI_KEYS["v2"]) if found.kind == "ConfigMap" else None
    if not isinstance(uri, str) or not uri:
        raise ModelError(f"there is no {URI_KEYS['v2']}", where=Where(file=path))
    return uri


def main(argv: list[str] | None = None) -> int:
    """Run it; 0 done, 1 refused, 2 wrong usage."""
    return run_click(command, argv, "update-model-config.py", os.environ)


if __name__ == "__main__":
    sys.exit(main())
