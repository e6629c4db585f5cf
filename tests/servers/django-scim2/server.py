"""A SCIM endpoint out of django-scim2 with its default adapters: the models and the tokens are ours.

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

ROOT = "scim/v2/"


class Quiet(WSGIRequestHandler):
    """Logs nothing: nobody reads it."""

    def log_message(self, *_args):
        """Say nothing."""


def bearer(get_response):
    """Django's middleware for bearer tokens: whoever has ours is somebody."""

    def authenticated(request):
        known = request.headers.get("Authorization") == f"Bearer {os.environ['SCIM_TOKEN']}"
        request.user = SimpleNamespace(is_authenticated=known, is_anonymous=not known)
        return get_response(request)

    return authenticated


server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
settings.configure(
    SECRET_KEY=secrets.token_urlsafe(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim", "people"],
    MIDDLEWARE=[f"{__name__}.bearer", "django_scim.middleware.SCIMAuthCheckMiddleware"],
    AUTH_USER_MODEL="people.User",
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
    SCIM_SERVICE_PROVIDER={
        "SCHEME": "http",
        "NETLOC": f"127.0.0.1:{server.server_port}",
        "GROUP_MODEL": "people.models.Group",
        "WWW_AUTHENTICATE_HEADER": 'Bearer realm="django-scim2"',
        "AUTHENTICATION_SCHEMES": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A static token",
                "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
            }
        ],
    },
)
django.setup()
urlpatterns = [path(ROOT, include("django_scim.urls"))]
call_command("migrate", run_syncdb=True, verbosity=0)
server.set_app(get_wsgi_application())
print(f"http://127.0.0.1:{server.server_port}/{ROOT.rstrip('/')}", flush=True)
server.serve_forever()
