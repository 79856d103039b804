"""What a version refuses, or warns of, that the one before it let pass: a table, read by docs and doctor."""

from __future__ import annotations

from cmp.lighttyping import NamedTuple


class Change(NamedTuple):
    """since: the version. rule: the id of a gate, or the start of a message. what: what passed before it."""

    since: str
    rule: str
    what: str


# In the order in which a reader of the page looks for them; later versions add rows at the end.
CHANGES: tuple[Change, ...] = (
    Change("0.2.0", "top-level-items", "An object with a top-level `items` that is not a list of objects."),
    Change("0.2.0", "no-objects", "`items: []` and `items: null`, which empty the application."),
    Change(
        "0.2.0",
        "cleartext",
        "Numbers, short values, lines and parts of decrypted values, keys, escaped strings, and fields of "
        "Secrets besides `data` that moved there; values that a comment or a longer string of the "
        "repository holds.",
    ),
    Change(
        "0.2.0",
        "undecrypted",
        "Ciphertext in keys and in `binaryData`; age files in Secrets, unless whole under a key that ends in "
        "`.age`.",
    ),
    Change(
        "0.2.0",
        "duplicate-ids",
        "One Ingress in two groups; cluster-scoped kinds that differ by their namespace alone.",
    ),
    Change(
        "0.2.0",
        "unresolved-reference",
        "References in init containers, `workerSpec`, the model's variables and arguments such as `--model`, "
        "and with blanks around.",
    ),
    Change(
        "0.2.0",
        "placeholder",
        "Whole values of Secrets: `changeme`, `<password>`, `$PASSWORD`; `${URI}` and `<uri>` in storage "
        "fields; arguments such as `--model`.",
    ),
    Change(
        "0.2.0",
        "secret-data",
        "A Secret's key with a colon, a blank or another character no key may have, with two "
        "leading dots, or longer than 253.",
    ),
    Change(
        "0.2.0",
        "disallowed-prefix",
        "Storage URIs without `//`, rclone remotes, absolute paths, and `.`, `..`, empty or encoded "
        "segments. Models in arguments such as `--model`, a bare `ORGANISATION/MODEL` as `hf://` URI.",
    ),
    Change(
        "0.2.0",
        "the URI of the model",
        "The same in a ModelConfig's `uri`, in a lock and in the parameter `model-uris`.",
    ),
    Change(
        "0.2.0",
        "nothing can lie below this prefix",
        "Entries of `allowedPrefixes` and `mapPrefixes` that cover nothing.",
    ),
    Change(
        "0.2.0",
        "has a value of its own",
        "A model that replaces another URI, path or id of its target: a warning, an error under strict, and "
        "an error for all in the next version.",
    ),
    Change(
        "0.2.0",
        "holds more than one value",
        "A URI in the place of several lines, JSON, YAML, `NAME=VALUE`, a flag, a command or several paths.",
    ),
    Change(
        "0.2.0",
        "says nothing of the model",
        "`keys` and `fieldPaths` of a traffic target that leave out a model of the weights.",
    ),
    Change(
        "0.2.0",
        "belongs to no model of fieldPaths",
        "An entry with traffic beside those that `fieldPaths` names.",
    ),
    Change(
        "0.2.0",
        "belong to Argo Rollouts",
        "Weights of routes of Rollouts' Gateway API plugin, ALB, Traefik, App Mesh, SMI, `stableIngresses`.",
    ),
    Change(
        "0.2.0",
        "belong to Flagger",
        "Weights of what Flagger moves besides VirtualService, HTTPRoute and Ingress.",
    ),
    Change("0.2.0", "KServe refuses storageUri beside it", "`storageUri` beside `storage.path`."),
    Change("0.2.0", "wins over storageUri", "`storageUri` beside the argument `--model_id`."),
    Change(
        "0.2.0",
        "in the output; list the field",
        "References by names without prefix, suffix or hash, in custom resources and between bases: a "
        "warning, an error under strict, as are the rows below.",
    ),
    Change(
        "0.2.0", "which is there without a value", "Empty values (`emptyDir:`) that a merge patch removes."
    ),
    Change("0.2.0", "and its alias *", "Aliases whose anchored value a patch changes."),
    Change(
        "0.2.0", "keeps its first YAML document only", "Replacements into the first of several documents."
    ),
    Change(
        "0.2.0", "is unknown, and the generator creates", "`behavior: Merge` and other misspelt behaviors."
    ),
    Change("0.2.0", "so the whole of it is the key", "Env files in YAML form."),
    Change("0.2.0", "the quotes around the value become", "Quotes around values in env files."),
    Change("0.2.0", "`export` becomes a part", "`export` in env files."),
    Change("0.2.0", "which misses what", "A component that renames above one that adds objects."),
    Change("0.2.0", "is never used", "A var that nothing uses, which was a warning even under strict."),
)
# Findings of a gate that a waiver held back until this version.
UNCOUNTED = Change(
    "0.2.0",
    "does not count where it comes from",
    "Waivers from `commonAnnotations`, `generatorOptions`, parameters, transformers and pattern targets.",
)
NO_REASON = Change("0.2.0", "needs a reason", "Waivers whose reason has no visible letter.")


def change_of(rule: str, message: str, hint: str) -> Change | None:
    """Why this version may be the first to say so; None for what every version says."""
    for waiver in (UNCOUNTED, NO_REASON):
        if waiver.rule in hint:
            return waiver
    return next(
        (each for each in CHANGES if each.rule == rule or (" " in each.rule and each.rule in message)), None
    )


def rows() -> str:
    """The table of docs/upgrading.md."""
    lines = ["| since | rule | what passed before |", "| --- | --- | --- |"]
    for each in (*CHANGES, UNCOUNTED, NO_REASON):
        lines.append(f"| {each.since} | {each.rule} | {each.what} |")
    return "\n".join(lines) + "\n"
