"""Which places hold the same model, seen over all overlays that are adopted together.

Places with equal URIs in every overlay are one model. Those that agree here and differ there, or differ by
their bucket only, contradict each other, unless they are of one kind: two objects of a kind, two models.
"""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.lighttyping import NamedTuple
from cmp.models import storage
from cmp.models.errors import ModelError
from cmp.models.kinds.table import row_of
from cmp.nearest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cmp.models.adopt.find import Found, Key

# The longest name of a model; `cmp.models.config` says why.
_LONGEST = 48


class Group:
    """One model: its name and, for each overlay, the places by key."""

    def __init__(self, overlays: int) -> None:
        self.name = ""
        self.places: list[dict[Key, Found]] = [{} for _ in range(overlays)]

    @property
    def keys(self) -> list[Key]:
        """The places of all overlays, in the order in which they were found."""
        return list(dict.fromkeys(key for places in self.places for key in places))

    def uri(self, overlay: int) -> str:
        """Its URI in an overlay, empty where it is not served."""
        return next((found.uri for found in self.places[overlay].values()), "")

    @property
    def found(self) -> list[Found]:
        """One of each place."""
        return list({key: each for places in self.places for key, each in places.items()}.values())

    @property
    def kinds(self) -> set[str]:
        """The kinds of its objects."""
        return {key[1] for key in self.keys}

    @property
    def served(self) -> bool:
        """Whether a server reads one of its places."""
        return any(each.serves for each in self.found)


class Chosen(NamedTuple):
    """The models, and the labels of places that stay as they are."""

    groups: list[Group]
    left: list[str]


def group(
    overlays: Sequence[Sequence[Found]], named: dict[str, str], paths: Sequence[str], show: bool = False
) -> Chosen:
    """The models of all overlays; `ModelError` with a table where places contradict each other.

    named: what `--as` says, model to place; what it leaves over stays as it is. paths: of the overlays, for
    the table. show: whether the table may show URIs.
    """
    groups = _equal(overlays)
    chosen = {id(each) for each in _named(groups, named)}
    conflicts = _conflicts(groups)
    # Keys that no server reads, beside objects that serve: whose are they?
    lonely = [each for each in groups if not each.served] if any(each.served for each in groups) else []
    left_out = {id(each) for each in lonely if id(each) not in chosen} if named else set()
    for one, other in conflicts:
        if (id(one) in chosen) != (id(other) in chosen):
            left_out.add(id(other) if id(one) in chosen else id(one))
    open_pairs = [
        pair
        for pair in conflicts
        if not any(id(each) in left_out for each in pair) and not all(id(each) in chosen for each in pair)
    ]
    doubtful = {id(each) for each in lonely} - chosen - left_out
    if open_pairs or doubtful:
        involved = doubtful | {id(each) for pair in open_pairs for each in pair}
        first = [each for each in groups if id(each) in involved]
        served = [each for each in groups if doubtful and each.served and id(each) not in involved]
        raise _disagreement([*first, *served], paths, show)
    kept = [each for each in groups if id(each) not in left_out]
    _name(kept)
    left = [each for each in groups if id(each) in left_out]
    return Chosen(kept, [found.label for each in left for found in each.found])


def _equal(overlays: Sequence[Sequence[Found]]) -> list[Group]:
    """Places by their URIs in all overlays."""
    signatures: dict[Key, list[str]] = {}
    for position, places in enumerate(overlays):
        seen: set[Key] = set()
        for found in places:
            if found.key in seen:
                raise ModelError(
                    f"{found.label} is there twice: a base is used twice in {found.resource}",
                    hint="write the ModelConfig in that base by hand: cmpctl docs models",
                )
            seen.add(found.key)
            signatures.setdefault(found.key, [""] * len(overlays))[position] = found.uri
    places_of = {(number, each.key): each for number, places in enumerate(overlays) for each in places}
    merged: dict[int, list[str]] = {}
    groups: list[Group] = []
    # The groups that have a URI in an overlay.
    having: dict[tuple[int, str], list[Group]] = {}
    for key, uris in signatures.items():
        near = {id(each): each for pair in _set(uris) for each in having.get(pair, ())}
        # A place that an overlay lacks says nothing; the URIs of the others must agree.
        fitting = (each for each in near.values() if _agree(merged[id(each)], uris))
        each = next(fitting, None) or Group(len(overlays))
        if id(each) not in merged:
            groups.append(each)
        old = merged.get(id(each), [""] * len(overlays))
        merged[id(each)] = [one or other for one, other in zip(old, uris, strict=True)]
        for pair in _set(uris):
            if each not in having.setdefault(pair, []):
                having[pair].append(each)
        for number in range(len(overlays)):
            place = places_of.get((number, key))
            if place is not None:
                each.places[number][key] = place
    return groups


def _set(uris: Sequence[str]) -> list[tuple[int, str]]:
    """The overlays that have a URI, with it."""
    return [(number, uri) for number, uri in enumerate(uris) if uri]


def _agree(one: Sequence[str], other: Sequence[str]) -> bool:
    return all(left == right for left, right in zip(one, other, strict=True) if left and right)


def _conflicts(groups: Sequence[Group]) -> list[tuple[Group, Group]]:
    """Groups of different kinds that agree in some overlay, or differ there by scheme and bucket only."""
    alike: dict[tuple[int, str], list[Group]] = {}
    for each in groups:
        for number in range(len(each.places)):
            uri = each.uri(number)
            tail = uri.partition("://")[2].partition("/")[2]
            for text in {uri, tail} - {""}:
                alike.setdefault((number, text), []).append(each)
    found: dict[tuple[int, int], tuple[Group, Group]] = {}
    kinds = {id(each): each.kinds for each in groups}
    for same in alike.values():
        for position, one in enumerate(same):
            for other in same[position + 1 :]:
                if kinds[id(one)].isdisjoint(kinds[id(other)]):
                    found[id(one), id(other)] = (one, other)
    return list(found.values())


def _named(groups: list[Group], named: dict[str, str]) -> list[Group]:
    """Give groups the names that `--as` says; returns them."""
    chosen: list[Group] = []
    labels = {found.label: each for each in groups for found in each.found}
    for name, label in named.items():
        short = [each for text, each in labels.items() if text.partition(":")[0] == label]
        hits = [labels[label]] if label in labels else list({id(each): each for each in short}.values())
        if len(hits) != 1:
            hint = did_you_mean(label, labels, "the places are")
            raise ModelError(f"{len(hits) or 'no'} places are {label}", hint=hint)
        if hits[0].name:
            raise ModelError(
                f"--as gives one model two names, {hits[0].name} and {name}", hint="leave one of them out"
            )
        hits[0].name = name
        chosen.append(hits[0])
    return chosen


def _disagreement(groups: list[Group], paths: Sequence[str], show: bool) -> ModelError:
    letters: dict[str, str] = {}
    lines = []
    for each in groups:
        for found in each.found:
            cells = []
            for position, path in enumerate(paths):
                place = each.places[position].get(found.key)
                if place is not None:
                    masked = f"{storage.masked(place.uri)} ({len(letters) + 1})"
                    cells.append(f"{letters.setdefault(place.uri, place.uri if show else masked)} in {path}")
            lines.append(f"{found.label} has {', '.join(cells)}")
    error = ModelError(
        "these places disagree about a model: " + lines[0],
        hint="say which place gives a model its URI, with --as NAME=PLACE for each model; "
        "places that are then left over stay as they are",
    )
    error.others = tuple(CmpError(line) for line in lines[1:])
    return error


def _name(groups: list[Group]) -> None:
    """Name the groups without a name after their objects."""
    beside: dict[Key, list[tuple[Group, Found]]] = {}
    for each in groups:
        if not each.name:
            for found in each.found:
                beside.setdefault((*found.key[:3], ()), []).append((each, found))
    names = {id(each): each.name or _own_name(each, beside) for each in groups}
    free = [each for each in groups if not each.name]
    shared = common([names[id(each)] for each in free]) if len(free) > 1 else 0
    taken = {each.name for each in groups if each.name}
    for each in free:
        words = names[id(each)].split("-")
        name = "-".join(words[shared:] or words)[:_LONGEST].strip("-._") or "model"
        plain, number = name, 2
        while name in taken:
            name, number = f"{plain}-{number}", number + 1
        taken.add(name)
        each.name = name


def _own_name(each: Group, beside: dict[Key, list[tuple[Group, Found]]]) -> str:
    """The name of the first object that serves; with what tells two models of one object apart."""
    found = min(each.found, key=lambda place: (not _row_serves(place), not place.serves))
    name = found.key[2]
    others = [place for other, place in beside[(*found.key[:3], ())] if other is not each]
    if not others:
        return _clean(name)
    own = [
        value
        for _, value in found.key[3]
        if all(value not in dict(place.key[3]).values() for place in others)
    ]
    return _clean(f"{name}-{own[0]}" if own else name)


def _row_serves(found: Found) -> bool:
    row = row_of(found.resource.gvk)
    return row is not None and row.serves


def _clean(text: str) -> str:
    kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in text.lower())
    return "-".join(word for word in kept.split("-") if word) or "model"


def common(names: Iterable[str]) -> int:
    """How many leading words the names share; at least one word of each stays."""
    words = [name.split("-") for name in names]
    shared = 0
    while words and all(len(each) > shared + 1 and each[shared] == words[0][shared] for each in words):
        shared += 1
    return shared
