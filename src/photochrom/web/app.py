"""The application: page and API under one guard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

import photochrom
from photochrom.errors import PhotochromError
from photochrom.web import api_color, api_models, api_server, api_training
from photochrom.web.guard import Guard
from photochrom.web.house import House
from photochrom.web.openapi import describe
from photochrom.web.problem import Problem, problem_of
from photochrom.web.static import Site

_DESCRIPTION = """Colours black-and-white pictures.

Every refusal is a problem document (RFC 9457) with a `code` that stays the same. Where the server
was started with a token, requests bear it: `Authorization: Bearer TOKEN`."""


def guarded(house: House) -> ASGIApp:
    """Return the whole server; the house is opened and closed with it."""
    return Guard(application(house), house.settings, house.places, house.counts)


def application(house: House) -> FastAPI:
    """Return the application without its guard."""
    app = FastAPI(
        title="photochrom",
        version=photochrom.__version__,
        description=_DESCRIPTION,
        docs_url=None,  # these pages fetch scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
        generate_unique_id_function=_name,
    )
    app.state.house = house
    for each in (api_server.router, api_color.router, api_models.router, api_training.router):
        app.include_router(each)
    site = Site()
    for path in site.paths:
        app.add_route(path, site.answer, methods=["GET"], include_in_schema=False)
    _add_handlers(app)
    app.openapi = describe(app)  # type: ignore[method-assign]
    return app


def _name(route: APIRoute) -> str:
    return route.name


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    house: House = app.state.house
    try:
        await house.begin()
        yield
    finally:
        await house.end()


def _add_handlers(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def refused(request: Request, problem: Problem) -> Response:
        return problem.response()

    @app.exception_handler(PhotochromError)
    @app.exception_handler(OSError)
    async def told(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem is None:
            raise error
        return problem.response()

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(each) for each in first["loc"][1:])
        return Problem("options-invalid", f"{where}: {first['msg']}").response()

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        code = {404: "not-found", 405: "method-refused"}.get(error.status_code, "request-invalid")
        return Problem(code, headers=dict(error.headers or {})).response()

    @app.exception_handler(Exception)
    async def mistaken(request: Request, error: Exception) -> Response:
        return Problem("internal").response()
