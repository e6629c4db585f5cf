"""scim2-server 0.1.5, an old release, on a threaded server; its own command reloads itself and debugs.

SCIM_TOKEN is the only token it takes. Prints its base URL.
"""

import os

from scim2_server.backend import InMemoryBackend
from scim2_server.provider import SCIMProvider
from scim2_server.utils import load_default_resource_types, load_default_schemas
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    """Logs nothing: nobody reads it."""

    def log(self, *_args):
        """Say nothing."""


app = SCIMProvider(InMemoryBackend())
for schema in load_default_schemas().values():
    app.register_schema(schema)
for resource_type in load_default_resource_types().values():
    app.register_resource_type(resource_type)
app.register_bearer_token(os.environ["SCIM_TOKEN"])

server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
print(f"http://127.0.0.1:{server.server_port}/v2", flush=True)
server.serve_forever()
