"""The Hugging Face Hub over its HTTP API: a branch or tag of a model's repository, followed to a commit.

References: `hf://ORGANISATION/MODEL@REVISION`; without a revision, the branch `main`. What is asked is
`GET /api/models/ORGANISATION/MODEL/revision/REVISION`, as huggingface_hub's `model_info` does; the headers
X-Error-Code and X-Error-Message tell refusals apart, as its `hf_raise_for_status` reads them.
"""

from __future__ import annotations

from cmp.errors import UsageError
from cmp.lighttyping import NamedTuple
from cmp.models.errors import ReferenceSyntaxError, RegistryError, UnreachableError
from cmp.models.registry.environment import header, retries_of, split_credentials, timeout_of
from cmp.models.registry.http import Client, Endpoint, Words
from cmp.models.registry.protocol import Resolution

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cmp.models.registry.http import Answer

ADDRESS = "https://huggingface.co"
MAIN = "main"
WORDS = Words(server="the Hugging Face Hub or a mirror of it", address="HF_ENDPOINT")
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_HEX = frozenset("0123456789abcdef")
MAX_NAME, MAX_REVISION = 96, 255
DISABLED = "Access to this resource is disabled."
INVALID = "Invalid credentials in Authorization header"
# Tags of the Hub that describe a commit, so that a policy can ask for them. The rest changes by the day.
KEPT_TAGS = ("license",)


class HubReference(NamedTuple):
    """name: ORGANISATION/MODEL. revision: a branch, a tag, `refs/pr/N` or a commit."""

    name: str
    revision: str

    def __str__(self) -> str:
        return f"hf://{self.name}@{self.revision}"


def parse(ref: str) -> HubReference:
    """The parts of a reference; `ReferenceSyntaxError` says what is wrong with it."""
    rest = ref.removeprefix("hf://")
    if rest == ref:
        raise ReferenceSyntaxError("hf: is followed by two slashes", hint="hf://ORGANISATION/MODEL@REVISION")
    name, at, revision = rest.partition("@")
    if ":" in name:
        raise ReferenceSyntaxError("a revision follows an @", hint="hf://ORGANISATION/MODEL@REVISION")
    parts = name.split("/")
    if len(parts) != 2:
        raise ReferenceSyntaxError(
            "an organisation and a model are needed",
            hint="hf://ORGANISATION/MODEL@REVISION; old models without one have it now, see their page",
        )
    if any(not _is_name(part) for part in parts) or len(name) > MAX_NAME:
        raise ReferenceSyntaxError(
            "organisation and model consist of letters, digits, `-`, `_` and `.`, 96 in all, "
            "without `--` and `..`, and neither begin nor end with `-` or `.`"
        )
    if at:
        _check_revision(revision)
    return HubReference(name, revision if at else MAIN)


def _is_name(text: str) -> bool:
    return (
        bool(text)
        and _NAME.issuperset(text)
        and not any(pair in text for pair in ("--", ".."))
        and text[0] not in "-."
        and text[-1] not in "-."
    )


def _check_revision(text: str) -> None:
    """The rules of git-check-ref-format, as far as a branch or tag can break them."""
    bad = any(character <= " " or character in "\x7f~^:?*[\\" for character in text)
    parts = text.split("/")
    if (
        bad
        or not text
        or len(text) > MAX_REVISION
        or any(not part or part.startswith(".") or part.endswith(".lock") for part in parts)
        or any(pair in text for pair in ("..", "@{"))
        or text.endswith(".")
    ):
        raise ReferenceSyntaxError("the revision is not the name of a branch, tag or commit of git")


class HubRegistry:
    """A client of the Hub of HF_ENDPOINT; safe to share between threads."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address, user, password = split_credentials(environ.get("HF_ENDPOINT") or ADDRESS)
        if user or password:
            raise UsageError("HF_ENDPOINT must not hold credentials", hint="give the token in HF_TOKEN")
        if not address.startswith(("http://", "https://")):
            raise UsageError("HF_ENDPOINT must be an http or https address")
        token = header("HF_TOKEN", environ.get("HF_TOKEN") or environ.get("HUGGING_FACE_HUB_TOKEN", ""))
        self._signed = bool(token)
        self.address = address.rstrip("/")
        self._client = Client(
            Endpoint(
                address=self.address,
                headers=(("Authorization", f"Bearer {token}"),) if token else (),
                ca=environ.get("REQUESTS_CA_BUNDLE", ""),
                timeout=timeout_of(environ),
                retries=retries_of(environ),
                words=WORDS,
            )
        )

    @staticmethod
    def checked(ref: str) -> str:
        """The reference with its revision."""
        return str(parse(ref))

    def resolve(self, ref: str) -> Resolution:
        """The commit that the revision means now."""
        from urllib.parse import quote

        asked = parse(ref)
        answer = self._client.get(f"api/models/{asked.name}/revision/{quote(asked.revision, safe='')}")
        body = answer.body
        if answer.status != 200 or not isinstance(body, dict):
            raise self._refused(answer, asked)
        name, commit = body.get("id", body.get("modelId")), body.get("sha")
        # A lock must not record another model, whatever a mirror in between answers.
        if name != asked.name:
            raise self._odd("another model than the one asked for")
        if not isinstance(commit, str) or len(commit) not in (40, 64) or not _HEX.issuperset(commit):
            raise self._odd("a model without a commit")
        if _is_commit(asked.revision) and commit != asked.revision:
            raise self._odd("another commit than the one asked for")
        if body.get("disabled") is True:
            raise self._disabled(asked)
        uri = f"hf://{asked.name}@{commit}"
        return Resolution(self.address, asked.name, commit, "", uri, _tags(body))

    def _refused(self, answer: Answer, asked: HubReference) -> RegistryError:
        """Which of the Hub's refusals it was: its own codes first, as a 401 may mean a missing model."""
        code = answer.headers.get("x-error-code", "")
        told = answer.headers.get("x-error-message", "")
        if told == DISABLED:
            return self._disabled(asked)
        if code == "GatedRepo":
            return self._gated(asked)
        if code == "RevisionNotFound":
            return RegistryError(
                f"{asked.name} has no revision {asked.revision!r}", hint="a branch, a tag or a whole commit"
            )
        error = answer.body.get("error") if isinstance(answer.body, dict) else None
        if INVALID in (told, error):
            return UnreachableError(
                f"{self.address} does not accept the token", hint="is HF_TOKEN expired, or cut off?"
            )
        if code == "RepoNotFound" or answer.status == 401:
            return RegistryError(
                f"the Hub has no model {asked.name}, or it is private",
                hint="the account of HF_TOKEN cannot read it: look at the name and at the token's permissions"
                if self._signed
                else "look at the name; for a private model, set HF_TOKEN",
            )
        if answer.status == 403:
            return RegistryError(
                f"the token may not read {asked.name}",
                hint="give the token of HF_TOKEN the permission to read this repository",
            )
        if 300 <= answer.status < 400:
            return self._redirected(asked, answer)
        if answer.status == 429:
            return UnreachableError(
                f"{self.address} takes no more requests for now", hint="set HF_TOKEN, or try again later"
            )
        if answer.status == 200:
            return self._odd("no JSON object")
        return UnreachableError(
            f"{self.address} answered HTTP {answer.status}",
            hint=f"is HF_ENDPOINT the address of {WORDS.server}?",
        )

    def _gated(self, asked: HubReference) -> RegistryError:
        return RegistryError(
            f"{asked.name} is gated, and this account has no access",
            hint="ask for access on the model's page"
            + (" with the account of HF_TOKEN; is the token still valid?" if self._signed else "")
            + ("" if self._signed else ", and set HF_TOKEN to a token of that account"),
        )

    def _disabled(self, asked: HubReference) -> RegistryError:
        return RegistryError(f"the Hub has disabled {asked.name}", hint="choose another model")

    def _redirected(self, asked: HubReference, answer: Answer) -> RegistryError:
        """A renamed model is told as a redirect on the same host; anything else may be anybody's."""
        from urllib.parse import unquote, urlsplit

        target = urlsplit(answer.headers.get("location", ""))
        name = unquote(target.path).partition("/api/models/")[2].partition("/revision/")[0]
        here = not target.netloc or f"{target.scheme}://{target.netloc}" == self.address
        if here and name.count("/") == 1 and all(_is_name(part) for part in name.split("/")):
            return RegistryError(
                f"{asked.name} has another name now", hint=f"write hf://{name}@{asked.revision}"
            )
        return UnreachableError(
            f"{self.address} redirects (HTTP {answer.status})",
            hint="give the final address: the token is not sent to another host",
        )

    def _odd(self, what: str) -> RegistryError:
        return UnreachableError(f"{self.address} answered {what}", hint=f"is this {WORDS.server}?")


def _is_commit(revision: str) -> bool:
    return len(revision) == 40 and _HEX.issuperset(revision)


def _tags(body: Mapping[str, Any]) -> dict[str, str]:
    """`license` of the commit, and `gated`, where the model's files need more than this answer did."""
    tags = body.get("tags")
    found: dict[str, str] = {}
    for each in tags if isinstance(tags, list) else ():
        key, colon, value = each.partition(":") if isinstance(each, str) else ("", "", "")
        if colon and key in KEPT_TAGS:
            found.setdefault(key, value)
    if body.get("gated") in ("auto", "manual"):
        found["gated"] = str(body["gated"])
    return found
