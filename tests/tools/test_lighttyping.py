"""NamedTuple without `typing`: each property of the classes that `typing.NamedTuple` makes."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from cmp.lighttyping import Generic, NamedTuple, Protocol, TypeVar, cast

T = TypeVar("T")


class Light(NamedTuple):
    """Two fields, one with a default."""

    name: str
    size: int = 3

    def double(self) -> int:
        return 2 * self.size

    @property
    def first(self) -> str:
        return self.name[0]


class Known(typing.NamedTuple):
    """The same by typing."""

    name: str
    size: int = 3


class Boxed(NamedTuple, Generic[T]):
    """Generic for a type checker."""

    item: T


class Named(Protocol):
    """What has a name."""

    name: str


def test_values_are_read_by_name_by_place_and_as_a_tuple() -> None:
    light = Light("a", 5)
    assert (light.name, light.size, light[0], *light) == ("a", 5, "a", "a", 5)
    assert tuple(light) == tuple(Known("a", 5)) == light == ("a", 5)
    assert hash(light) == hash(("a", 5))
    assert isinstance(light, tuple)
    assert (light.double(), light.first) == (10, "a")
    match light:
        case Light(name, size=5):
            assert name == "a"
        case _:
            pytest.fail("not matched")


@pytest.mark.parametrize(
    ("values", "named"), [(("a",), {}), (("a", 5), {}), (("a",), {"size": 5}), ((), {"size": 5, "name": "a"})]
)
def test_it_is_made_as_typing_makes_it(values: typing.Any, named: typing.Any) -> None:
    assert tuple(Light(*values, **named)) == tuple(Known(*values, **named))


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), (("a", 5, 6), {}), (("a",), {"name": "b"}), (("a",), {"other": 1}), ((), {"size": 1})],
)
def test_it_refuses_what_typing_refuses(values: typing.Any, named: typing.Any) -> None:
    for kind in (Light, Known):
        with pytest.raises(TypeError):
            kind(*values, **named)


def test_the_methods_of_a_named_tuple() -> None:
    light = Light("a", 5)
    for made, known in ((light, Known("a", 5)), (Light("b"), Known("b"))):
        assert made._asdict() == known._asdict()
        assert tuple(made._replace(size=7)) == tuple(known._replace(size=7))
        assert type(made._replace(size=7)) is Light
        assert repr(made) == repr(known).replace("Known", "Light")
    assert (Light._fields, Light._field_defaults) == (Known._fields, Known._field_defaults)
    assert Light._make(["x", 1]) == Light("x", 1)
    with pytest.raises(ValueError, match="other"):
        light._replace(other=1)  # type: ignore[call-arg]


def test_it_has_no_room_for_more_and_survives_copies() -> None:
    light = Light("a", 5)
    with pytest.raises(AttributeError):
        light.name = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        light.other = 1  # type: ignore[attr-defined]
    for same in (copy.copy(light), copy.deepcopy(light), pickle.loads(pickle.dumps(light))):
        assert same == light
        assert type(same) is Light


def test_a_subclass_keeps_the_fields() -> None:
    class More(Light):
        """With a method more."""

        def triple(self) -> int:
            return 3 * self.size

    more = More("a", size=2)
    assert (more.triple(), more.double(), type(more)) == (6, 4, More)


def test_what_only_a_type_checker_reads() -> None:
    assert Boxed(1).item == 1
    assert cast("object", 1) == 1
    assert type("Is", (Named,), {"name": "n"})().name == "n"
