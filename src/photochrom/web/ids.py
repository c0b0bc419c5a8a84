"""Ids of models: letters, digits and dashes, as they may stand in addresses."""

import re
from collections.abc import Container

_ODD = re.compile(r"[^a-z0-9]+")
_LONGEST = 40  # characters


def free_id(name: str, otherwise: str, taken: Container[str]) -> str:
    """Make an id that no other model has.

    Parameters
    ----------
    name : what people call the model
    otherwise : the id of one whose name has no letter and no digit
    taken : ids of others
    """
    wanted = _ODD.sub("-", name.lower()).strip("-")[:_LONGEST] or otherwise
    found, number = wanted, 2
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    return found
