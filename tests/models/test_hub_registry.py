"""The Hugging Face Hub against a fake of its documented API: commits, and every refusal in its own words."""

from __future__ import annotations

import pytest
from fake_registries import FakeHub
from hypothesis import given
from hypothesis import strategies as st

from cmp.errors import UsageError
from cmp.models.errors import ReferenceSyntaxError, RegistryError, UnreachableError
from cmp.models.kinds import dialects
from cmp.models.registry import Registries
from cmp.models.registry.hub import HubRegistry, parse

pytest.importorskip("urllib3", reason="the extra registries is not installed")

MAIN, TAG = "a" * 40, "b" * 40
TOKEN = "hf_made-for-this-test"


@pytest.fixture
def hub():
    made = FakeHub()
    made.readers[TOKEN] = {"acme/private", "acme/closed"}
    made.readers["hf_other"] = set()
    revisions = {"main": MAIN, "v1.0": TAG, "refs/pr/7": "c" * 40, "feature/x": "d" * 40}
    made.models["acme/fraud"] = {"revisions": revisions, "license": "apache-2.0", "gated": "manual"}
    made.models["acme/private"] = {"revisions": {"main": MAIN}, "private": True}
    made.models["acme/closed"] = {"revisions": {"main": MAIN}, "closed": True, "gated": "auto"}
    made.models["acme/taken"] = {"revisions": {"main": MAIN}, "takendown": True}
    made.models["acme/scoped"] = {"revisions": {"main": MAIN}, "scoped": True}
    made.models["acme/off"] = {"revisions": {"main": MAIN}, "more": {"disabled": True}}
    made.models["acme/other"] = {"revisions": {"main": MAIN}, "more": {"id": "acme/else"}}
    made.models["acme/empty"] = {"revisions": {"main": "not a commit"}}
    made.renamed["acme/old"] = "acme/fraud"
    yield made
    made.close()


def resolve(hub, ref, token="", **environ):
    given = {"HF_ENDPOINT": hub.address, "HF_TOKEN": token, "CMP_REGISTRY_RETRIES": "0", **environ}
    return Registries(given).resolve(ref)


@pytest.mark.parametrize(
    ("ref", "commit"),
    [
        ("hf://acme/fraud", MAIN),
        ("hf://acme/fraud@main", MAIN),
        ("hf://acme/fraud@v1.0", TAG),
        ("hf://acme/fraud@refs/pr/7", "c" * 40),
        ("hf://acme/fraud@feature/x", "d" * 40),
        (f"hf://acme/fraud@{TAG}", TAG),
    ],
)
def test_a_revision_becomes_a_commit(hub, ref, commit):
    found = resolve(hub, ref)
    tags = {"license": "apache-2.0", "gated": "manual"}
    assert found == (hub.address, "acme/fraud", commit, "", f"hf://acme/fraud@{commit}", tags)
    # What readers make of the URI.
    assert dialects.kserve(found.uri, ()) == f"hf://acme/fraud:{commit}"
    assert dialects.hub_id(found.uri, ()) == "acme/fraud"
    assert dialects.hub_revision(found.uri, ()) == commit


def test_one_path_for_a_revision_with_slashes(hub):
    resolve(hub, "hf://acme/fraud@refs/pr/7")
    assert hub.requests[0][0] == "/api/models/acme/fraud/revision/refs%2Fpr%2F7"
    assert "authorization" not in hub.requests[0][2]


REFUSED = {
    # reference, token -> words, whether the Hub could not tell
    "nobody, without a token": ("hf://acme/nobody", "", "has no model acme/nobody, or it is private", False),
    "nobody, with a token": ("hf://acme/nobody", TOKEN, "has no model acme/nobody, or it is private", False),
    "private, without a token": ("hf://acme/private", "", "or it is private", False),
    "private, another's token": ("hf://acme/private", "hf_other", "or it is private", False),
    "gated, without a token": ("hf://acme/closed", "", "is gated, and this account has no access", False),
    "gated, another's token": ("hf://acme/closed", "hf_other", "is gated", False),
    "a revision that is not there": ("hf://acme/fraud@v9", "", "has no revision 'v9'", False),
    "a token without the scope": ("hf://acme/scoped", TOKEN, "token may not read acme/scoped", False),
    "a token that is not valid": ("hf://acme/fraud", "hf_expired", "does not accept the token", True),
    "taken down": ("hf://acme/taken", TOKEN, "has disabled", False),
    "disabled": ("hf://acme/off", "", "has disabled", False),
    "renamed": ("hf://acme/old", "", "has another name now", False),
    "another model": ("hf://acme/other", "", "another model than the one asked for", True),
    "no commit": ("hf://acme/empty", "", "without a commit", True),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(hub, case):
    ref, token, words, unknown = REFUSED[case]
    with pytest.raises(RegistryError, match=words) as caught:
        resolve(hub, ref, token)
    assert isinstance(caught.value, UnreachableError) is unknown
    assert caught.value.hint
    assert not token or token not in f"{caught.value} {caught.value.hint}"


def test_a_renamed_model_says_its_new_name(hub):
    with pytest.raises(RegistryError) as caught:
        resolve(hub, "hf://acme/old@v1.0")
    assert "hf://acme/fraud@v1.0" in caught.value.hint
    hub.renamed["acme/old"] = "../../evil\x1b"
    with pytest.raises(UnreachableError, match="redirects"):
        resolve(hub, "hf://acme/old")


def test_the_right_token_reads(hub):
    assert resolve(hub, "hf://acme/private", TOKEN).version == MAIN
    assert resolve(hub, "hf://acme/closed", TOKEN).tags == {"license": "mit", "gated": "auto"}
    assert resolve(hub, "hf://acme/private", "", HUGGING_FACE_HUB_TOKEN=TOKEN).version == MAIN


def test_a_commit_that_is_another(hub):
    hub.models["acme/fraud"]["more"] = {"sha": MAIN}
    with pytest.raises(UnreachableError, match="another commit"):
        resolve(hub, f"hf://acme/fraud@{TAG}")


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"HF_ENDPOINT": "https://u:p4ss@mirror.example"}, "must not hold credentials"),
        ({"HF_ENDPOINT": "mirror.example"}, "must be an http"),
        ({"HF_TOKEN": "a\nb"}, "cannot carry"),
        ({"CMP_REGISTRY_TIMEOUT": "soon"}, "must be a number"),
    ],
)
def test_settings_that_cannot_be_used(environ, words):
    with pytest.raises(UsageError, match=words) as caught:
        HubRegistry(environ)
    assert "p4ss" not in f"{caught.value}{caught.value.hint}"


def test_the_usual_address():
    assert HubRegistry({}).address == "https://huggingface.co"


@given(st.text(max_size=40).map(lambda text: f"hf://acme/{text}"))
def test_any_reference_has_a_usual_form_or_our_error(text):
    try:
        found = parse(text)
    except ReferenceSyntaxError:
        return
    assert parse(str(found)) == found
