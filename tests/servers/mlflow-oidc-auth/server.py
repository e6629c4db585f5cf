"""MLflow's server with mlflow-oidc-auth, whose SCIM routes are a part of it; nobody can sign in.

SCIM_TOKEN is the only token it takes; the database is a file in the working directory. Prints its base URL.
"""

import importlib
import os
import secrets
from unittest import mock

# Its own settings, read when it is imported.
os.environ |= {
    "OIDC_USERS_DB_URI": "sqlite:///people.sqlite3",
    "SECRET_KEY": secrets.token_urlsafe(32),
    "LOG_LEVEL": "CRITICAL",
    "AUDIT_LOG_ENABLED": "false",
    # What is too fast for it depends on the machine; verdicts should not.
    "SCIM_RATE_LIMIT_PER_MINUTE": "0",
    "SCIM_AUTH_FAILURE_LIMIT_PER_MINUTE": "0",
}

import uvicorn


class Filter(dict):
    """A mapping that Python 3.11 takes as a default in a data class, as 3.12 takes a MappingProxyType."""

    __hash__ = object.__hash__


# 11.0.2 says that it runs on 3.11, where the import of this one module fails; what it needs comes first.
importlib.import_module("mlflow_oidc_auth.db.models")
with mock.patch("types.MappingProxyType", Filter):
    importlib.import_module("mlflow_oidc_auth.permission_kinds")

from mlflow_oidc_auth.app import app  # noqa: E402 - it does not import before
from mlflow_oidc_auth.store import store  # noqa: E402

OURS = os.environ["SCIM_TOKEN"].encode()
ISSUED = store.create_scim_token("ours", None)[1].encode()


async def translated(scope, receive, send):
    """The application, with our token in the place of the one that it issued: it takes none that it did not make."""
    if scope["type"] == "http":
        headers = [
            (name, value.replace(OURS, ISSUED) if name == b"authorization" else value)
            for name, value in scope["headers"]
        ]
        scope = scope | {"headers": headers}
    await app(scope, receive, send)


class Server(uvicorn.Server):
    """A server that tells where it listens."""

    async def startup(self, sockets=None):
        """Start, and print the base URL."""
        await super().startup(sockets)
        print("http://{}:{}/scim/v2".format(*self.servers[0].sockets[0].getsockname()), flush=True)


Server(uvicorn.Config(translated, port=0, log_config=None, access_log=False)).run()
