"""What SCIM servers for Django have in common here: a port, a bearer token, and a database in the working directory.

Imported by the scripts that boot one, each with the Python of its own environment.
"""

import os
import secrets

import django
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

ROOT = "scim/v2/"


class Quiet(WSGIRequestHandler):
    """Logs nothing: nobody reads it."""

    def log_message(self, *_args):
        """Say nothing."""


def listening():
    """A server on a free port, without an application yet."""
    return ThreadedWSGIServer(("127.0.0.1", 0), Quiet)


def authenticated(get_response, user_of):
    """A view behind our bearer token, whose user is what ``user_of`` makes of whether it was right."""

    def answered(request):
        request.user = user_of(request.headers.get("Authorization") == f"Bearer {os.environ['SCIM_TOKEN']}")
        return get_response(request)

    return answered


def configure(module, **own):
    """Set Django up, with what a server needs of its own; ``module`` holds the URLs."""
    settings.configure(
        SECRET_KEY=secrets.token_urlsafe(32),
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=module,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        LOGGING_CONFIG=None,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": "people.sqlite3",
                # Writers wait for each other from the start; one that begins by reading could not.
                "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL"},
            }
        },
        **own,
    )
    django.setup()


def serve(server, **migration):
    """Make the tables, print the base URL, and answer until the process ends."""
    call_command("migrate", verbosity=0, **migration)
    server.set_app(get_wsgi_application())
    print(f"http://127.0.0.1:{server.server_port}/{ROOT.rstrip('/')}", flush=True)
    server.serve_forever()
