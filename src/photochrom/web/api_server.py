"""The API of the server itself: what it is, whether it lives, what it counts."""

from fastapi import APIRouter, Request, Response

import photochrom
from photochrom.imageio.formats import FORMATS
from photochrom.web import counts
from photochrom.web.forms import MOST_PICTURES
from photochrom.web.house import house_of
from photochrom.web.problem import ProblemDocument, documented
from photochrom.web.shown import Health, Info, Limits, ModelShown

router = APIRouter(tags=["server"])


@router.get("/api/v1/info", responses=documented())
async def info(request: Request) -> Info:
    """Say what this server is and can do."""
    house = house_of(request)
    settings, why_not = house.settings, house.trainings.why_not
    return Info(
        version=photochrom.__version__,
        models=[ModelShown.of(each) for each in house.shelf.all()],
        limits=Limits(
            upload=settings.max_upload,
            pixels=settings.max_pixels,
            seconds=settings.seconds,
            pictures=MOST_PICTURES,
            models=settings.max_models,
        ),
        formats=list(FORMATS),
        training=why_not is None,
        training_why_not=why_not,
    )


@router.get("/health")
async def health(request: Request) -> Health:
    """Say that the server lives."""
    return Health(status="ok", workers=house_of(request).desk.ready)


@router.get("/ready", responses={503: {"model": Health, "description": "Not yet."}})
async def ready(request: Request, response: Response) -> Health:
    """Say whether there is a worker to ask."""
    house = house_of(request)
    if house.open and house.desk.ready:
        return Health(status="ok", workers=house.desk.ready)
    response.status_code = 503
    return Health(status="starting", workers=house.desk.ready)


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Text."},
        401: {"model": ProblemDocument, "description": "`token-missing`"},
    },
)
async def metrics(request: Request) -> Response:
    """Return counts for Prometheus."""
    house = house_of(request)
    values = {
        "workers": ("processes that colour", house.desk.size),
        "workers_ready": ("of them, those that are there", house.desk.ready),
        "worker_restarts": ("that crashed, were too slow, or were left by their client",
                            house.desk.restarts),
        "places": ("requests at a time, at work and waiting", house.places.all),
        "places_used": ("of them, those that are taken", house.places.used),
        "models": ("models that are kept", len(house.shelf.all())),
        "training": ("whether a model is trained", int(house.trainings.busy)),
    }  # fmt: skip
    lines = [*house.counts.lines(), *counts.gauges(values)]
    return Response("\n".join(lines) + "\n", media_type=counts.MEDIA_TYPE)
