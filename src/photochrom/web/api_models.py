"""The API of models."""

from contextlib import suppress
from pathlib import PurePath

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from photochrom.errors import ModelFileError
from photochrom.web.desk import unless_gone
from photochrom.web.form import body_of, received
from photochrom.web.forms import ModelGiven
from photochrom.web.house import House, house_of
from photochrom.web.problem import Problem, documented
from photochrom.web.shelf import Model
from photochrom.web.shown import Models, ModelShown
from photochrom.web.tasks import Try

_BLAMED = ("picture-unreadable", "picture-too-large", "options-invalid", "model-unknown")
router = APIRouter(prefix="/api/v1/models", tags=["models"])
_FILE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.get("", responses=documented())
async def models(request: Request) -> Models:
    """List the models, the one that colours without being named first."""
    return Models(models=[ModelShown.of(each) for each in house_of(request).shelf.all()])


@router.get("/{id}", responses=documented("model-unknown"))
async def model(request: Request, id: str) -> ModelShown:  # noqa: A002
    """Describe a model."""
    return ModelShown.of(house_of(request).shelf.find(id))


@router.get(
    "/{id}/file",
    response_class=FileResponse,
    responses={
        200: {"content": _FILE, "description": "The model file."},
        **documented("model-unknown"),
    },
)
async def model_file(request: Request, id: str) -> FileResponse:  # noqa: A002
    """Return a model file, for the engine of the page or to take along."""
    found = house_of(request).shelf.find(id)
    # The hash is its name on disk, so a browser need not fetch the same twice.
    headers = {"etag": f'"{found.known.hash}"', "cache-control": "private, no-cache"}
    return FileResponse(
        found.known.path,
        media_type="application/octet-stream",
        filename=f"{found.id}.onnx",
        headers=headers,
    )


@router.post(
    "",
    status_code=201,
    responses=documented(
        "request-invalid", "upload-slow", "models-full", "upload-too-large", "model-invalid",
        "options-invalid", "too-slow", "disk-full",
    ),
    openapi_extra=body_of(ModelGiven),
)  # fmt: skip
async def add(request: Request) -> ModelShown:
    """Add a model file; it is judged before anything runs it, and goes with the server."""
    house = house_of(request)
    async with received(request, ModelGiven, house.scratch) as form:
        given = form.model
        name = PurePath(form.name or given.name).name
        data = await run_in_threadpool(given.path.read_bytes)
        before = house.shelf.all()
        found = await run_in_threadpool(house.shelf.add, data, name)
        if all(found is not each for each in before):
            await _tried(request, house, found)
    return ModelShown.of(found)


@router.delete("/{id}", status_code=204, responses=documented("model-fixed", "model-unknown"))
async def remove(request: Request, id: str) -> None:  # noqa: A002
    """Remove a model that a visitor added."""
    await run_in_threadpool(house_of(request).shelf.remove, id)


async def _tried(request: Request, house: House, model: Model) -> None:
    """Let a worker run a model once; one that does not run is not kept."""
    try:
        await unless_gone(request, lambda: house.desk.ask(Try(model.known)))
    except Problem as problem:
        with suppress(Problem):  # it was removed already, by who brought it at the same time
            await run_in_threadpool(house.shelf.remove, model.id)
        raise _as_model(problem) from None


def _as_model(problem: Problem) -> Problem:
    """Tell what a picture would be blamed for as the model's fault."""
    if problem.code in _BLAMED:
        return Problem("model-invalid", str(ModelFileError(problem.detail)))
    return problem
