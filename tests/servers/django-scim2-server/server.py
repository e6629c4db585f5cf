"""A SCIM endpoint out of django-scim2-server with its default adapters, over Django's own users and groups.

SCIM_TOKEN is the only token it takes; the database is a file in the working directory. Prints its base URL.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

from django.urls import include, path

sys.path.insert(0, str(Path(__file__).parents[1]))
import of_django


def bearer(get_response):
    """Django's middleware for bearer tokens, which it leaves to its host: whoever has ours is a superuser."""
    return of_django.authenticated(
        get_response, lambda known: SimpleNamespace(is_authenticated=known, is_superuser=known)
    )


server = of_django.listening()
of_django.configure(
    __name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim2_server"],
    MIDDLEWARE=[f"{__name__}.bearer"],
)
# Its adapters have this path in every meta.location, wherever it is mounted.
urlpatterns = [path(of_django.ROOT, include("django_scim2_server.urls"))]
of_django.serve(server)
