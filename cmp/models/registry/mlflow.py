"""MLflow's registry over its REST API: aliases, versions, logged models and runs, followed to a storage URI.

`source` of a version is not where it lies, and the download URI may itself be `runs:/` or `models:/m-...`:
the chain is followed to its end. Facts were taken from a server of MLflow 3.17.
"""

from __future__ import annotations

from cmp.models import storage
from cmp.models.errors import ReferenceSyntaxError, RegistryError, UnreachableError
from cmp.models.reference import Reference, parse
from cmp.models.registry.http import Client
from cmp.models.registry.mlflow_settings import address_of, settings_of
from cmp.models.registry.protocol import Resolution

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cmp.models.registry.http import Answer

API = "api/2.0/mlflow"
MAX_CHAIN = 6
# The tag of a prompt's version: prompts share the registry with models.
PROMPT = "mlflow.prompt.is_prompt"
READY = ("READY", "LOGGED_MODEL_READY", "")


class MlflowRegistry:
    """A client for one server, that of MLFLOW_TRACKING_URI; safe to share between threads."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._settings = settings_of(address_of(environ), environ)
        self._client = Client(self._settings.endpoint)

    @property
    def address(self) -> str:
        """The address without credentials."""
        return self._settings.endpoint.address

    @staticmethod
    def checked(ref: str) -> str:
        """The reference as MLflow writes it."""
        return str(parse(ref))

    def resolve(self, ref: str) -> Resolution:
        """What `ref` means now, with its storage URI."""
        return self._resolved(parse(ref))

    def _resolved(self, ref: Reference) -> Resolution:
        if ref.form == "logged":
            return self._logged(ref.name)
        if ref.form == "run":
            return Resolution(self.address, "", "", ref.name, self._final(str(ref)), {})
        found = self._version(ref)
        name, version = _text(found, "name"), _text(found, "version")
        if not name or not version:
            raise self._odd("a model version without name or version")
        # A lock must not record another model, whatever a proxy in between answers.
        if ref.name != name:
            raise self._odd("another model than the one asked for")
        if _tags(found).get(PROMPT) == "true":
            raise RegistryError(f"{name!r} is a prompt, not a model", hint="name a registered model")
        status = _text(found, "status")
        if status not in READY:
            raise RegistryError(
                f"version {version} of {name!r} is not ready: its status is {status}",
                hint="wait for the registration to finish, or register it again",
            )
        answer = self._get("model-versions/get-download-uri", {"name": name, "version": version}, ref)
        uri = self._final(_text(answer, "artifact_uri"))
        return Resolution(self.address, name, version, _text(found, "run_id"), uri, _tags(found))

    # -- which version

    def _version(self, ref: Reference) -> Any:
        if ref.form == "alias":
            query = {"name": ref.name, "alias": ref.selector}
            return _part(self._get("registered-models/alias", query, ref), "model_version")
        version = ref.selector if ref.form == "version" else self._latest(ref)
        query = {"name": ref.name, "version": version}
        return _part(self._get("model-versions/get", query, ref), "model_version")

    def _latest(self, ref: Reference) -> str:
        """The highest version, of one stage when the reference names a stage."""
        model = _part(self._get("registered-models/get", {"name": ref.name}, ref), "registered_model")
        versions = model.get("latest_versions") if isinstance(model, dict) else None
        found = [
            int(text)
            for each in (versions if isinstance(versions, list) else ())
            if (text := _text(each, "version")).isdecimal()
            and (ref.form == "latest" or _text(each, "current_stage") == ref.selector)
        ]
        if not found:
            what = "no version" if ref.form == "latest" else f"no version in the stage {ref.selector}"
            raise RegistryError(f"the model {ref.name!r} has {what}", hint="register one, or use an alias")
        return str(max(found))

    # -- where it lies

    def _logged(self, model_id: str) -> Resolution:
        info = self._logged_info(model_id)
        uri = self._final(_text(info, "artifact_uri"))
        run = _text(info, "source_run_id")
        return Resolution(self.address, model_id, "", run, uri, _tags(info))

    def _logged_info(self, model_id: str) -> Any:
        from urllib.parse import quote

        ref = Reference("logged", model_id, "")
        model = _part(self._get(f"logged-models/{quote(model_id, safe='')}", {}, ref), "model")
        info = model.get("info") if isinstance(model, dict) else None
        status = _text(info, "status")
        if status not in READY:
            raise RegistryError(f"the logged model {model_id} is not ready: its status is {status}")
        return info

    def _final(self, uri: str) -> str:
        """Follow `uri` until it is a place that a server can read."""
        for _ in range(MAX_CHAIN):  # a server can answer references that lead to each other
            if uri.startswith("mlflow-artifacts:"):
                uri = self._mapped(uri)
            if not uri.startswith(("models:", "runs:")):
                return self._checked(uri)
            uri = self._next(self._reference(uri))
        raise self._odd("references that lead to each other")

    def _next(self, ref: Reference) -> str:
        if ref.form == "logged":
            return _text(self._logged_info(ref.name), "artifact_uri")
        if ref.form == "run":
            run = _part(self._get("runs/get", {"run_id": ref.name}, ref), "run")
            info = run.get("info") if isinstance(run, dict) else None
            if _text(info, "lifecycle_stage") == "deleted":
                raise RegistryError(
                    f"the run {ref.name} is deleted", hint="restore it, or register the model again"
                )
            root = _text(info, "artifact_uri")
            if not root:
                raise self._odd("a run without an artifact root")
            return f"{root.rstrip('/')}/{ref.selector}"
        found = self._version(ref)
        query = {"name": _text(found, "name"), "version": _text(found, "version")}
        return _text(self._get("model-versions/get-download-uri", query, ref), "artifact_uri")

    def _reference(self, uri: str) -> Reference:
        try:
            return parse(uri)
        except ReferenceSyntaxError as error:
            raise self._odd("a location that is neither a reference nor a storage URI") from error

    def _mapped(self, uri: str) -> str:
        """`mlflow-artifacts:/a/b` below the configured root: the server never tells what it stands for."""
        root = self._settings.artifact_root
        if not root:
            raise RegistryError(
                "the artifacts are behind the server's proxy (mlflow-artifacts:/), which no runtime can read",
                hint="set CMP_MLFLOW_ARTIFACT_ROOT to what the server's --artifacts-destination is, "
                "such as s3://BUCKET/PREFIX; or start the server with --default-artifact-root",
            )
        rest = uri.partition(":")[2]
        if rest.startswith("//"):  # a host: the proxy's own, which says nothing about the bucket
            rest = "/" + rest[2:].partition("/")[2]
        return f"{root}/{rest.strip('/')}"

    def _checked(self, uri: str) -> str:
        if not uri:
            raise self._odd("no location")
        if uri.startswith(("file:", "/", ".", "dbfs:")):
            raise RegistryError(
                "the model lies in a folder of the registry's own machine, which no runtime can read",
                hint="start the server with --default-artifact-root s3://BUCKET/PREFIX and register it again",
            )
        try:
            storage.check(uri)
        except ReferenceSyntaxError as error:
            raise RegistryError(f"the registry's storage URI is not usable: {error.message}") from error
        return uri

    # -- one request

    def _get(self, path: str, query: dict[str, str], ref: Reference) -> Any:
        answer = self._client.get(f"{API}/{path}", query)
        if answer.status == 200 and isinstance(answer.body, dict):
            return answer.body
        raise self._refused(answer, ref)

    def _refused(self, answer: Answer, ref: Reference) -> RegistryError:
        """Which of the known refusals it was: MLflow's own codes first, as its statuses say little."""
        body = answer.body if isinstance(answer.body, dict) else {}
        code, message = str(body.get("error_code", "")), str(body.get("message", ""))
        if "Invalid Host header" in answer.text:
            return UnreachableError(
                f"the MLflow server refuses the host name of {self.address}",
                hint="start it with --allowed-hosts and that name: without it, MLflow takes localhost and "
                "private addresses only",
            )
        if answer.status == 401:
            return UnreachableError(
                f"{self.address} does not accept the credentials",
                hint="set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
            )
        if answer.status == 403 or code == "PERMISSION_DENIED":
            return RegistryError(f"not allowed to read {ref}", hint="the account needs READ on the model")
        if code == "INVALID_PARAMETER_VALUE" and "alias" in message and "not found" in message:
            return RegistryError(
                f"the model {ref.name!r} has no alias {ref.selector!r}",
                hint="aliases are case-sensitive; deleting a version deletes its aliases without a word",
            )
        if code == "RESOURCE_DOES_NOT_EXIST":
            return RegistryError(f"the registry has no {_what(ref)}", hint=f"looked in {self.address}")
        if code:
            return RegistryError(f"the registry refused {ref}: {code}")
        if 300 <= answer.status < 400:
            return UnreachableError(
                f"{self.address} redirects (HTTP {answer.status})",
                hint="give the final address: credentials are not sent to another host",
            )
        if answer.status == 200:
            return self._odd("no JSON object")
        return UnreachableError(
            f"{self.address} answered HTTP {answer.status}",
            hint="is this the address of an MLflow server, with its path prefix if it has one?"
            if answer.status == 404
            else "look at the server's log",
        )

    def _odd(self, what: str) -> RegistryError:
        return UnreachableError(
            f"{self.address} answered {what}", hint="is this an MLflow server of version 2.3 or later?"
        )


def _what(ref: Reference) -> str:
    words = {"logged": f"logged model {ref.name}", "run": f"run {ref.name}"}
    if ref.form in words:
        return words[ref.form]
    return f"model {ref.name!r}" + (f" with the version {ref.selector}" if ref.form == "version" else "")


def _part(body: Any, key: str) -> Any:
    return body.get(key) if isinstance(body, dict) else None


def _text(body: Any, key: str) -> str:
    value = body.get(key) if isinstance(body, dict) else None
    return str(value) if isinstance(value, (str, int)) else ""


def _tags(body: Any) -> dict[str, str]:
    tags = body.get("tags") if isinstance(body, dict) else None
    pairs = [each for each in tags if isinstance(each, dict)] if isinstance(tags, list) else []
    return {_text(each, "key"): _text(each, "value") for each in pairs if _text(each, "key")}
