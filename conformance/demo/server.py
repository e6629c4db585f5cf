"""Builds the embedded target and serves it on loopback."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import scim2_server.cursor  # noqa: F401 - what its extra lacks shows here, and not when the first service is made
from cheroot.wsgi import Server
from scim2_models import Pagination, ScimPolicy, ScimProvider
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME, BearerTokenApplication
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

from conformance.demo.rigour import enforce
from conformance.demo.tolerance import accept_bare_managers

WsgiApp = Callable[..., Any]

ROOT = "/v2"
"""Where scim2-server answers."""


QUEUE = 128
"""Connections that wait to be accepted; cheroot's five would lose some of a load run's."""


@cache
def _service() -> tuple[ScimProvider, ScimService]:
    """What describes the service; made once, because its models are compiled."""
    config = load_default_service_provider_config()
    config.authentication_schemes = [*(config.authentication_schemes or []), BEARER_TOKEN_SCHEME]
    # Cursors take effort in a server: having both ways of paging here proves the checks of both.
    config.pagination = Pagination(
        cursor=True, index=True, default_pagination_method=Pagination.DefaultPaginationMethod.index, cursor_timeout=3600
    )
    schemas = load_default_schemas()
    for schema in schemas.values():
        for attribute in schema.attributes or []:
            # Microsoft asks for unique group names; RFC 7643 leaves it to the service provider.
            if schema.name == "Group" and attribute.name == "displayName":
                attribute.uniqueness = type(attribute.uniqueness).server
    policy = ScimPolicy(
        unknown=ScimPolicy.Unknown.ignore,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    )
    provider = ScimProvider.from_discovery(
        schemas.values(), load_default_resource_types().values(), config=config, policy=policy
    )
    return provider, ScimService(provider, secret=secrets.token_urlsafe(32))


def build_app(token: str) -> WsgiApp:
    """A WSGI application of ``scim2-server`` with the tolerance that Entra needs, and an empty memory.

    Args:
        token: the one bearer token it accepts.
    """
    provider, service = _service()
    app = BearerTokenApplication(InMemoryStorage(), provider, service, [token])
    return enforce(accept_bare_managers(app))


@contextmanager
def serve(app: WsgiApp, port: int = 0, *, threads: int = 8) -> Iterator[str]:
    """Serve an application on 127.0.0.1 in a thread, until the block ends.

    Args:
        app: WSGI application.
        port: 0 takes a free one.
        threads: how many requests are served at once.

    Yields:
        the tenant URL.

    Raises:
        OSError: the port is taken.
    """
    server = Server(("127.0.0.1", port), app, numthreads=threads, request_queue_size=QUEUE)
    server.nodelay = True
    server.prepare()
    thread = threading.Thread(target=server.serve, name="demo-server", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}{ROOT}"
    finally:
        server.stop()
        thread.join(timeout=5)
