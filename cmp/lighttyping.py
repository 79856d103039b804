"""NamedTuple, Protocol and Generic for modules that a render imports, without `typing` (ADR 0017).

A type checker sees the names of `typing`. At run time NamedTuple makes the same classes as
`collections.namedtuple`, but generates and compiles no code; Protocol, Generic and TypeVar do nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic, NamedTuple, Protocol, TypeVar, cast
else:
    try:
        from _collections import _tuplegetter as _getter
    except ImportError:  # another Python than CPython
        from operator import itemgetter

        def _getter(index, doc):
            return property(itemgetter(index), doc=doc)

    _make = tuple.__new__

    def _constructor(name, fields, defaults):
        count = len(fields)

        def construct(cls, *values, **named):
            if named or len(values) != count:
                values = _complete(values, named)
            return _make(cls, values)

        def _complete(values, named):
            if len(values) > count:
                raise TypeError(f"{name}() takes {count} values, not {len(values)}")
            missing = []
            completed = list(values)
            for field in fields[len(values) :]:
                if field in named:
                    completed.append(named.pop(field))
                elif field in defaults:
                    completed.append(defaults[field])
                else:
                    missing.append(field)
            if missing or named:
                raise TypeError(f"{name}() misses {missing}, does not know {[*named]}")
            return completed

        return construct

    def _repr(self):
        pairs = zip(self._fields, self, strict=True)
        return f"{type(self).__name__}({', '.join(f'{field}={value!r}' for field, value in pairs)})"

    def _replaced(self, **changes):
        values = [changes.pop(field, value) for field, value in zip(self._fields, self, strict=True)]
        if changes:
            raise ValueError(f"{type(self).__name__} has no field {[*changes]}")
        return _make(type(self), values)

    def _as_dict(self):
        return dict(zip(self._fields, self, strict=True))

    def _plain(self):
        return tuple(self)

    class _RecordType(type):
        def __new__(cls, name, bases, body):
            if not bases:
                return type.__new__(cls, name, bases, body)
            fields = tuple(body.pop("__annotations__", ()))
            defaults = {field: body.pop(field) for field in fields if field in body}
            members = {
                "__slots__": (),
                "__new__": _constructor(name, fields, defaults),
                "__repr__": _repr,
                "__getnewargs__": _plain,
                "__match_args__": fields,
                "_fields": fields,
                "_field_defaults": defaults,
                "_replace": _replaced,
                "_asdict": _as_dict,
                "_make": classmethod(_make),
                **{field: _getter(index, "") for index, field in enumerate(fields)},
            }
            return type.__new__(type, name, (tuple,), members | body)

    class NamedTuple(metaclass=_RecordType):
        """The base of a class whose annotated names are the fields of a tuple."""

    class Protocol:
        """The base of a class that says what others must have."""

        __slots__ = ()

        def __class_getitem__(cls, parameters):
            return cls

    Generic = Protocol

    def TypeVar(name, *constraints, **options):  # noqa: N802 - typing's name
        """What only a type checker reads."""

    def cast(kind, value):
        """The value, which a type checker takes for another type."""
        return value


__all__ = ["Generic", "NamedTuple", "Protocol", "TypeVar", "cast"]
