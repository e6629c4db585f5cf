"""A SCIM endpoint out of django-scim2 with its default adapters: the models and the tokens are ours.

SCIM_TOKEN is the only token it takes; the database is a file in the working directory. Prints its base URL.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

from django.urls import include, path

sys.path.insert(0, str(Path(__file__).parents[1]))
import of_django


def bearer(get_response):
    """Django's middleware for bearer tokens: whoever has ours is somebody."""
    return of_django.authenticated(
        get_response, lambda known: SimpleNamespace(is_authenticated=known, is_anonymous=not known)
    )


server = of_django.listening()
of_django.configure(
    __name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim", "people"],
    MIDDLEWARE=[f"{__name__}.bearer", "django_scim.middleware.SCIMAuthCheckMiddleware"],
    AUTH_USER_MODEL="people.User",
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
urlpatterns = [path(of_django.ROOT, include("django_scim.urls"))]
of_django.serve(server, run_syncdb=True)
