"""What may not leave: one small rule per file, run over the final objects."""

from cmp.gates.context import EVERY as EVERY
from cmp.gates.context import Context as Context
from cmp.gates.registry import check as check
from cmp.gates.registry import sort_notices as sort_notices
