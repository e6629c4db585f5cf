"""A SCIM endpoint out of django-scim2-server with its default adapters, over Django's own users and groups.

SCIM_TOKEN is the only token it takes; the database is a file in the working directory. Prints its base URL.
"""

import os
import secrets
from types import SimpleNamespace

import django
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

# Its adapters have this path in every meta.location, wherever it is mounted.
ROOT = "scim/v2/"


class Quiet(WSGIRequestHandler):
    """Logs nothing: nobody reads it."""

    def log_message(self, *_args):
        """Say nothing."""


def bearer(get_response):
    """Django's middleware for bearer tokens, which it leaves to its host: whoever has ours is a superuser."""

    def authenticated(request):
        known = request.headers.get("Authorization") == f"Bearer {os.environ['SCIM_TOKEN']}"
        request.user = SimpleNamespace(is_authenticated=known, is_superuser=known)
        return get_response(request)

    return authenticated


server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
settings.configure(
    SECRET_KEY=secrets.token_urlsafe(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim2_server"],
    MIDDLEWARE=[f"{__name__}.bearer"],
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
)
django.setup()
urlpatterns = [path(ROOT, include("django_scim2_server.urls"))]
call_command("migrate", verbosity=0)
server.set_app(get_wsgi_application())
print(f"http://127.0.0.1:{server.server_port}/{ROOT.rstrip('/')}", flush=True)
server.serve_forever()
