"""The API of trainings: begin, watch, stop, and what came of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from photochrom.web.api_color import check_pictures
from photochrom.web.form import body_of, received
from photochrom.web.forms import Training
from photochrom.web.house import house_of
from photochrom.web.page_of_training import report
from photochrom.web.problem import Problem, documented
from photochrom.web.shelf import Model
from photochrom.web.shown import ModelShown, PaletteShown, TrainingShown, Verdict
from photochrom.web.trainee import SO_FAR
from photochrom.web.training import Run

router = APIRouter(prefix="/api/v1/trainings", tags=["trainings"])
_BEAT = 5.0  # s between signs of life while nothing happens
_PAUSE = 0.25  # s between two events, at least
FILES = {
    "report": ("report.html", "text/html; charset=utf-8"),
    "samples": ("model.run/samples/held-out.png", "image/png"),  # meanwhile, `SO_FAR`
    "swatch": ("model.run/swatch.png", "image/png"),
    "curve": ("model.run/loss.svg", "image/svg+xml"),
}


@router.post(
    "",
    status_code=202,
    responses=documented(
        "request-invalid", "training-off", "upload-slow", "training-busy", "models-full",
        "upload-too-large", "not-a-picture", "options-invalid", "training-missing",
        "disk-full",
    ),
    openapi_extra=body_of(Training),
)  # fmt: skip
async def begin(request: Request) -> TrainingShown:
    """Begin to fit a model to pictures in colour; one training at a time."""
    house = house_of(request)
    with house.trainings.reserved():
        async with received(request, Training, house.scratch) as form:
            if form.seconds is not None and form.steps is not None:
                raise Problem("options-invalid", "give seconds or steps, not both")
            check_pictures(form.pictures)
            given = {"seconds": form.seconds, "steps": form.steps, "seed": form.seed}
            options = {name: value for name, value in given.items() if value is not None}
            run = house.trainings.begin(form.name, form.pictures, options)
    return show(run)


@router.get("", responses=documented())
async def trainings(request: Request) -> list[TrainingShown]:
    """List the last trainings, the newest last."""
    return [show(run) for run in house_of(request).trainings.all()]


@router.get("/{id}", responses=documented("not-found"))
async def training(request: Request, id: str) -> TrainingShown:  # noqa: A002
    """Say how far a training is, and what came of it."""
    return show(house_of(request).trainings.find(id))


@router.get(
    "/{id}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: `progress` with every change and `end` at last, "
            "each with what `GET` of the training says.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **documented("not-found"),
    },
)
async def events(request: Request, id: str) -> StreamingResponse:  # noqa: A002
    """Watch a training."""
    run = house_of(request).trainings.find(id)
    return StreamingResponse(_events(run), media_type="text/event-stream")


@router.post("/{id}/cancel", responses=documented("not-found"))
async def cancel(request: Request, id: str) -> TrainingShown:  # noqa: A002
    """Stop a training; what it learned is lost. One that has ended stays as it is."""
    house = house_of(request)
    run = house.trainings.find(id)
    await house.trainings.cancel(run)
    return show(run)


@router.get(
    "/{id}/files/{name}",
    response_class=Response,
    responses={
        200: {"description": "`report`, `samples`, `swatch` or `curve`."},
        **documented("not-found", "training-open"),
    },
)
async def training_file(request: Request, id: str, name: str) -> Response:  # noqa: A002
    """Return a file of a training that is done; of one that goes on, its samples so far."""
    run = house_of(request).trainings.find(id)
    if name not in FILES:
        raise Problem("not-found", f"there is: {', '.join(FILES)}")
    path, media_type = FILES[name]
    if name == "samples" and run.state != "done":
        path = SO_FAR
    elif run.open:
        raise Problem("training-open")
    headers = {"content-security-policy": "sandbox; default-src 'none'; img-src data:; "
               "style-src 'unsafe-inline'"}  # fmt: skip
    if name == "report":
        page = await run_in_threadpool(report, run)
        return Response(page, media_type=media_type, headers=headers)
    try:  # at once: while a file is sent piece by piece, it could be replaced by a longer one
        content = await run_in_threadpool((run.folder / path).read_bytes)
    except FileNotFoundError:
        raise Problem("not-found", "this training has none") from None
    return Response(content, media_type=media_type, headers=headers)


def show(run: Run) -> TrainingShown:
    """Return what the API says of a training."""
    said: dict[str, Any] = run.said
    return TrainingShown(
        id=run.id,
        name=run.name,
        state=run.state,
        phase=said.get("phase"),
        step=said.get("step", 0),
        share=1.0 if run.state == "done" else said.get("share", 0.0),
        loss=said.get("loss"),
        held_out=said.get("held_out"),
        seconds_left=said.get("seconds_left") if run.open else None,
        losses=run.losses,
        pictures=run.pictures,
        swatch=None if run.swatch is None else PaletteShown.of(run.swatch),
        left_out=run.left_out,
        warnings=run.warnings,
        problem=run.problem,
        model=None if run.model is None else ModelShown.of(run.model),
        verdict=None if run.model is None else verdict(run.model),
        files=_files(run),
    )


def _files(run: Run) -> dict[str, str]:
    base = f"/api/v1/trainings/{run.id}/files"
    if run.state == "done":
        return {name: f"{base}/{name}" for name in FILES}
    number = run.said.get("samples", 0)  # of the newest; an address of its own is never cached
    return {"samples": f"{base}/samples?number={number}"} if number else {}


def verdict(model: Model) -> Verdict | None:
    """Compare a model with the best other method on the pictures held out; None without any."""
    summary = model.spec.training
    far = {} if summary is None else {name: row["de00"] for name, row in summary.metrics.items()}
    ours = far.pop(model.spec.preset, None)
    if ours is None or not far:
        return None
    rival = min(far, key=far.__getitem__)
    return Verdict(rival=rival, nearer=round(far[rival] - ours, 3))


async def _events(run: Run) -> AsyncIterator[bytes]:
    while run.open:
        changed = run.changed
        yield _event("progress", show(run))
        await asyncio.sleep(_PAUSE)
        while not changed.is_set():
            try:
                await asyncio.wait_for(changed.wait(), _BEAT)
            except TimeoutError:
                yield b": still at it\n\n"
    yield _event("end", show(run))


def _event(name: str, shown: TrainingShown) -> bytes:
    return f"event: {name}\ndata: {shown.model_dump_json()}\n\n".encode()
