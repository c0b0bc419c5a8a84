"""What the many errors of distant file systems mean, in words that help."""

from collections.abc import Iterator
from textwrap import shorten

from photochrom.storage.urls import shown

_LONGEST = 300  # characters of another program's message

READ_ONLY = "files there can be read but not written; name a folder of this machine or a bucket"
_ADVICE = {
    "access": "access is denied{said}; check the credentials (for s3:// AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE) and what they may do there",
    "login": "no credentials were found; set them as usual for this kind of place (for s3:// "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE)",
    "silence": "nothing answers there{said}; check the network and the address (for s3:// "
    "AWS_ENDPOINT_URL)",
    "bucket": "there is no such bucket; make it first, or check its name",
    "readonly": READ_ONLY,
}
# By name: the packages that define them need not be installed.
_MEANINGS = {
    "PermissionError": "access",
    "NoCredentialsError": "login",
    "PartialCredentialsError": "login",
    "TokenRetrievalError": "login",
    "ConnectionError": "silence",
    "ClientConnectionError": "silence",
    "HTTPClientError": "silence",
    "TimeoutError": "silence",
    "gaierror": "silence",
    "NotImplementedError": "readonly",
}


def reason(error: BaseException) -> str:
    """Say in one sentence what went wrong and what to do; secrets are left out."""
    said = shorten(shown(str(error)), _LONGEST).rstrip(".") or type(error).__name__
    meaning = "bucket" if no_bucket(error) else _meaning(error)
    return said if meaning is None else _ADVICE[meaning].format(said=f" ({said})")


def no_bucket(error: BaseException) -> bool:
    """Whether an error says that the bucket itself is missing, not a file in it."""
    return any(
        code(one) == "NoSuchBucket" or "bucket does not exist" in str(one) for one in _chain(error)
    )


def code(error: BaseException) -> str:
    """Return the code of an S3 error; "" for any other."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def _meaning(error: BaseException) -> str | None:
    names = (kind.__name__ for one in _chain(error) for kind in type(one).__mro__)
    return next((_MEANINGS[name] for name in names if name in _MEANINGS), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__
