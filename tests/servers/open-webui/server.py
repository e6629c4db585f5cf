"""The SCIM router of Open WebUI over its own models and migrations; nothing else of it is served.

SCIM_TOKEN is the only token it takes; the database is a file in the working directory. Prints its base URL.
"""

import contextlib
import functools
import os
import secrets
import sys
from pathlib import Path
from unittest import mock

ROOT = "/api/v1/scim/v2"
FOLDER = Path.cwd()
# Assets of its web pages are copied at each start; here there are none to copy.
FRONTEND = FOLDER / "frontend"
(FRONTEND / "static").mkdir(parents=True)

# Its own settings, read when it is imported.
os.environ |= {
    "DATA_DIR": str(FOLDER),
    "FRONTEND_BUILD_DIR": str(FRONTEND),
    "STATIC_DIR": str(FOLDER / "static"),
    # Without its vector database.
    "USE_SLIM_DOCKER": "true",
    "WEBUI_SECRET_KEY": secrets.token_urlsafe(32),
    "ENABLE_SCIM": "true",
    "SCIM_AUTH_PROVIDER": "microsoft",
}

# Its migrations print what they do, and our line is to be the only one. Its change log, which it turns into HTML
# when it is imported, takes seconds: what reads it from the package finds it empty.
with contextlib.redirect_stdout(sys.stderr), mock.patch("pkgutil.get_data", return_value=b""):
    import bcrypt
    import uvicorn
    from fastapi import FastAPI
    from open_webui.routers import scim
    from open_webui.utils.auth import create_admin_user

# It makes up a password for each user, with which nobody signs in: to hash it slowly would be most of a run.
bcrypt.gensalt = functools.partial(bcrypt.gensalt, rounds=4)


@contextlib.asynccontextmanager
async def lifespan(_app):
    """The administrator that every installation has: groups belong to somebody, whom the SCIM router does not show."""
    await create_admin_user("admin@example.com", secrets.token_urlsafe(32))
    yield


app = FastAPI(lifespan=lifespan)
app.state.ENABLE_SCIM = True
app.state.SCIM_TOKEN = os.environ["SCIM_TOKEN"]
app.include_router(scim.router, prefix=ROOT)


class Server(uvicorn.Server):
    """A server that tells where it listens."""

    async def startup(self, sockets=None):
        """Start, and print the base URL."""
        await super().startup(sockets)
        print("http://{}:{}{}".format(*self.servers[0].sockets[0].getsockname(), ROOT), flush=True)


Server(uvicorn.Config(app, port=0, log_config=None, access_log=False)).run()
