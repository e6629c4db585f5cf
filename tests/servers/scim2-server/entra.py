"""scim2-server 0.8 with its own policy for Entra, as PyPI has it: none of what the embedded server adds.

SCIM_TOKEN is the only token it takes. Prints its base URL.
"""

import os
import secrets
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from scim2_models import ScimPolicy, ScimProvider
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME, BearerTokenApplication
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)


class Threaded(ThreadingMixIn, WSGIServer):
    """One thread for each connection, as scim2-server's own command has it."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Logs nothing: nobody reads it."""

    def log_message(self, *_args):
        """Say nothing."""


config = load_default_service_provider_config()
config.authentication_schemes = [*(config.authentication_schemes or []), BEARER_TOKEN_SCHEME]
policy = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
provider = ScimProvider.from_discovery(
    load_default_schemas().values(), load_default_resource_types().values(), config=config, policy=policy
)
service = ScimService(provider, secret=secrets.token_urlsafe(32))
app = BearerTokenApplication(InMemoryStorage(), provider, service, [os.environ["SCIM_TOKEN"]])

with make_server("127.0.0.1", 0, app, Threaded, Quiet) as server:
    print(f"http://127.0.0.1:{server.server_port}/v2", flush=True)
    server.serve_forever()
