"""What a server counts, in the text that Prometheus reads."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from starlette.types import Scope

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass
class Counts:
    """Requests by their route, method and status, and their seconds."""

    requests: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one; what nobody waited for has status 0."""
        route = getattr(scope.get("route"), "path", "other")  # never the path: it is a stranger's
        known = scope["method"] in ("GET", "HEAD", "POST", "DELETE")
        self.requests[route, scope["method"] if known else "other", status] += 1
        self.seconds[route] += seconds  # type: ignore[assignment]

    def lines(self) -> Iterable[str]:
        """Return the lines of all counts."""
        yield "# TYPE photochrom_requests_total counter"
        for (route, method, status), count in sorted(self.requests.items()):
            labels = f'route="{route}",method="{method}",status="{status}"'
            yield f"photochrom_requests_total{{{labels}}} {count}"
        yield "# TYPE photochrom_request_seconds_total counter"
        for route, seconds in sorted(self.seconds.items()):
            yield f'photochrom_request_seconds_total{{route="{route}"}} {seconds:.3f}'


def gauges(values: Mapping[str, tuple[str, float]]) -> Iterable[str]:
    """Return the lines of values that go up and down; each with what it is."""
    for name, (words, value) in values.items():
        yield f"# HELP photochrom_{name} {words}"
        yield f"# TYPE photochrom_{name} gauge"
        yield f"photochrom_{name} {value:g}"
