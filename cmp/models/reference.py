"""References: what is meant, not where it lies. A render compares them as text; the registry reads them.

A reference starts with a scheme that says which registry to ask. The grammar of MLflow's is here, as its
parts are shown on objects and edited by commands:

    models:/NAME/VERSION   models:/NAME@ALIAS   models:/NAME/latest   models:/NAME/STAGE   models:/m-ID
    runs:/RUN_ID/PATH

A name may hold blanks and `@` but neither `/` nor `:`, so the alias starts after the last `@`.
"""

from __future__ import annotations

from cmp.lighttyping import NamedTuple
from cmp.models.errors import ReferenceSyntaxError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

STAGES = ("None", "Staging", "Production", "Archived")
# Schemes that are a reference wherever they stand: no runtime downloads from them.
SCHEMES = ("models", "runs", "mlflow-artifacts")
# A reference under `ref`, a place under `uri`.
BOTH = frozenset(("hf", "oci"))
# Schemes of places only: they cannot name what moves.
PLACES = frozenset(
    (
        *("s3", "s3a", "gs", "gcs", "https", "http", "file", "pvc", "hdfs", "webhdfs", "wasbs", "wasb"),
        *("abfss", "abfs", "dbfs", "r2", "b2", "ftp", "sftp", "oci+native", "oci+fetch", "mlflow-artifacts"),
    )
)
_SCHEME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789+-.")


class Reference(NamedTuple):
    """A reference taken apart.

    form: `version`, `alias`, `latest`, `stage`, `logged` (a logged model's id) or `run`.
    name: the registered model, the logged model's id, or the run's id. selector: version, alias, stage, or
    the path inside the run.
    """

    form: str
    name: str
    selector: str

    def __str__(self) -> str:
        if self.form == "alias":
            return f"models:/{self.name}@{self.selector}"
        if self.form == "logged":
            return f"models:/{self.name}"
        if self.form == "run":
            return f"runs:/{self.name}/{self.selector}"
        return f"models:/{self.name}/{self.selector}"

    @property
    def moves(self) -> bool:
        """Whether the same reference can mean another version tomorrow."""
        return self.form in ("alias", "latest", "stage")


def scheme_of(text: str) -> str:
    """The scheme of a reference or URI in lower case; empty where there is none."""
    scheme, colon, _ = text.partition(":")
    scheme = scheme.lower()
    return scheme if colon and scheme[:1].isalpha() and _SCHEME.issuperset(scheme) else ""


def is_reference(text: str, schemes: Collection[str] = ()) -> bool:
    """Whether `text` names a model in a registry rather than a place that a server can read.

    schemes: those of a plug-in's references, in lower case, which a build knows from its locks.
    """
    scheme = scheme_of(text)
    return scheme in SCHEMES or (bool(scheme) and scheme in schemes)


def checked_scheme(text: str) -> str:
    """The scheme of a reference; `ReferenceSyntaxError` for what cannot be one in any registry."""
    scheme = scheme_of(text)
    if not scheme or scheme in PLACES:
        raise ReferenceSyntaxError(
            "not a model reference",
            hint="models:/NAME/VERSION, models:/NAME@ALIAS, models:/m-ID, runs:/RUN/PATH, "
            "oci://HOST/REPOSITORY:TAG , hf://ORGANISATION/MODEL@REVISION; a storage location goes under uri",
        )
    if any(character < " " or character == "\x7f" for character in text):
        raise ReferenceSyntaxError("a reference must not hold control characters")
    return scheme


def selector_of(text: str) -> str:
    """The alias, `latest` or stage of an MLflow reference; empty for any other reference."""
    if not text.startswith("models:/"):
        return ""
    try:
        found = parse(text)
    except ReferenceSyntaxError:
        return ""
    return found.selector if found.form in ("alias", "latest", "stage") else ""


def parse(text: str) -> Reference:
    """The parts of a reference; `ReferenceSyntaxError` says what is wrong with it."""
    scheme, colon, rest = text.partition(":")
    if not colon or scheme not in ("models", "runs"):
        raise ReferenceSyntaxError(
            "not a model reference",
            hint="models:/NAME/VERSION, models:/NAME@ALIAS, models:/m-ID or runs:/RUN/PATH; "
            "a storage location goes under uri",
        )
    if rest.startswith("//"):
        raise ReferenceSyntaxError(
            f"{scheme}: takes one slash",
            hint=f"{scheme}:/NAME..., the registry comes from MLFLOW_TRACKING_URI",
        )
    if not rest.startswith("/"):
        raise ReferenceSyntaxError(f"{scheme}: must be followed by one slash")
    if any(character < " " or character == "\x7f" for character in rest):
        raise ReferenceSyntaxError("a reference must not hold control characters")
    return _run(rest[1:]) if scheme == "runs" else _model(rest[1:])


def _run(rest: str) -> Reference:
    run, slash, path = rest.partition("/")
    if not run or not slash or not path.strip("/"):
        raise ReferenceSyntaxError("runs:/ needs a run id and a path", hint="runs:/RUN_ID/PATH")
    if any(part in ("", ".", "..") for part in path.rstrip("/").split("/")):
        raise ReferenceSyntaxError("the path of a run must not hold empty, `.` or `..` segments")
    return Reference("run", run, path.rstrip("/"))


def _model(rest: str) -> Reference:
    name, slash, selector = rest.partition("/")
    if ":" in rest:
        raise ReferenceSyntaxError("the name of a model holds no colon")
    if slash:
        return _selected(name, selector)
    if is_logged_id(rest):
        return Reference("logged", rest, "")
    name, at, alias = rest.rpartition("@")  # the last one: names may hold `@`
    if not at:
        raise ReferenceSyntaxError(
            "the reference has neither version nor alias", hint="models:/NAME/VERSION or models:/NAME@ALIAS"
        )
    if not name:
        raise ReferenceSyntaxError("the name of the model is missing")
    check_alias(alias)
    return Reference("alias", name, alias)


def _selected(name: str, selector: str) -> Reference:
    if not name:
        raise ReferenceSyntaxError("the name of the model is missing")
    if not selector or "/" in selector:
        raise ReferenceSyntaxError(
            "exactly one version or stage follows the name", hint="models:/NAME/VERSION"
        )
    if selector.isdecimal() and selector.isascii():
        return Reference("version", name, str(int(selector)))  # `007` is version 7, in the lock as in MLflow
    if selector.lower() == "latest":
        return Reference("latest", name, "latest")
    for stage in STAGES:
        if selector.lower() == stage.lower():
            return Reference("stage", name, stage)
    raise ReferenceSyntaxError(
        "what follows the name is neither a version, nor `latest`, nor a stage",
        hint="an alias follows an @: models:/NAME@ALIAS",
    )


def check_alias(alias: str) -> None:
    """Raise unless `alias` is one that MLflow accepts."""
    # MLflow's pattern is `[\w-]+`: letters and digits of any script.
    if not alias or not all(character.isalnum() or character in "_-" for character in alias):
        raise ReferenceSyntaxError("an alias consists of letters, digits, `_` and `-`")
    lower = alias.lower()
    if lower == "latest" or (lower[0] == "v" and lower[1:].isdecimal()):
        raise ReferenceSyntaxError("`latest` and `v` with a number are reserved and cannot be aliases")


def is_logged_id(text: str) -> bool:
    """Whether `text` is the id of a logged model of MLflow 3: `m-` and letters or digits."""
    return text.startswith("m-") and text[2:].isalnum() and text.isascii()
