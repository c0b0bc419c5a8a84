"""Why a training failed, in words for those who sent the pictures."""

import re
from collections.abc import Mapping

from photochrom.web.problem import KINDS, Problem, problem_of

_OWN = re.compile(r"(?:/\S*/)?\b(\d{3}\.png)\b")  # the server's name of a picture
_GRAY = re.compile(r"near-gray \(mean chroma [\d.]+\)")


def theirs(words: str, names: Mapping[str, str]) -> str:
    """Put what visitors call their pictures for what the server calls them."""
    named = _OWN.sub(lambda found: names.get(found[1], found[1]), words)
    return _GRAY.sub("it is black and white", named)


def why(error: Exception) -> str:
    """Say what an error means, without codes and paths of the system."""
    problem = error if isinstance(error, Problem) else problem_of(error)
    if problem is None:
        reason = error.strerror if isinstance(error, OSError) else None
        return f"the server could not keep its files: {reason or 'the system refused'}"
    if problem.code == "disk-full":
        return KINDS[problem.code].title
    return problem.document().detail
