"""Where files come from: a small protocol, a tree on disk, the rule for the root."""

from cmp.tree.disk import DiskTree as DiskTree
from cmp.tree.errors import TreeError as TreeError
from cmp.tree.root import find_root as find_root
