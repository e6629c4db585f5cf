"""Credentials from options, environment and files: exactly one way to authenticate, or one clear sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.config.options import UserError
from conformance.scim.secret import Secret
from conformance.scim.target import Target, is_loopback

OAUTH = ("token_url", "client_id", "client_secret_file", "private_key_file", "scope", "audience")
BASIC = ("username", "password_file")
TLS = ("client_cert", "client_key")
KEYS = (*OAUTH, *BASIC, "api_key_header", *TLS)
"""Every option by which somebody proves who they are, the token itself apart."""


def wants_token(values: Mapping[str, Any]) -> bool:
    """Whether a token should be asked for: nothing else proves who we are."""
    return not any(values[key] for key in (*OAUTH, *BASIC, *TLS))


def read_credentials(values: Mapping[str, Any], token: Secret | None) -> dict[str, Any]:
    """The fields of a target that say who we are.

    Raises:
        UserError: something is missing, is given twice, or cannot be read.
    """
    kinds = {
        "a token (SCIM_TOKEN or --token-file)": token is not None,
        "OAuth (--token-url and its kind)": any(values[key] for key in OAUTH),
        "HTTP Basic (--username and its kind)": any(values[key] for key in BASIC),
    }
    given = [name for name, there in kinds.items() if there]
    if len(given) > 1:
        raise UserError(f"Both {given[0]} and {given[1]} are given; leave one of them out.")
    if values["api_key_header"] and token is None:
        raise UserError("--api-key-header needs the key that goes into it: set SCIM_TOKEN, or name a --token-file.")
    fields: dict[str, Any] = {"token": token, "api_key_header": values["api_key_header"]}
    if any(values[key] for key in OAUTH):
        fields["oauth"] = _oauth(values)
    if any(values[key] for key in BASIC):
        fields["basic"] = _basic(values)
    return fields | _certificate(values)


def _oauth(values: Mapping[str, Any]) -> Any:
    url, client = values["token_url"], values["client_id"]
    if not url:
        name = next(key for key in OAUTH if values[key]).replace("_", "-")
        raise UserError(f"--{name} is of use only with a token endpoint; give --token-url too.")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.fragment:
        raise UserError("--token-url is not the https:// URL of a token endpoint, without credentials in it.")
    if parts.scheme == "http" and not is_loopback(url) and not values["insecure"]:
        raise UserError("--token-url is plain http, so the secret would cross the network in clear; use https.")
    if not client:
        raise UserError("--token-url needs --client-id.")
    if not client.isascii() or not client.isprintable():
        raise UserError("--client-id holds a character that no client id can have.")
    secret, key = values["client_secret_file"], values["private_key_file"]
    if secret and key:
        raise UserError("--client-secret-file and --private-key-file are both given; leave one of them out.")
    from conformance.scim.auth_oauth import OAuth

    private = Secret(_text(key, "private key")) if key else None
    return OAuth(
        url,
        client,
        secret=None if private else _secret("client secret", "SCIM_CLIENT_SECRET", "client-secret-file", secret),
        private_key=private,
        scope=values["scope"],
        audience=values["audience"],
    )


def _basic(values: Mapping[str, Any]) -> Any:
    from conformance.scim.auth_kinds import Basic

    name = values["username"]
    if not name:
        raise UserError("--password-file is of use only with --username.")
    if ":" in name:
        raise UserError("--username holds a colon, which HTTP Basic cannot carry.")
    return Basic(name, _secret("password", "SCIM_PASSWORD", "password-file", values["password_file"]))


def _certificate(values: Mapping[str, Any]) -> dict[str, Any]:
    certificate, key = values["client_cert"], values["client_key"]
    if key and not certificate:
        raise UserError("--client-key is of use only with --client-cert.")
    if certificate and not str(values["url"]).startswith("https"):
        raise UserError("--client-cert needs a tenant URL that starts with https://.")
    for path, name in ((certificate, "client certificate"), (key, "client key")):
        if path is not None and not path.is_file():
            raise UserError(f"The {name} {str(path)!r} is not a file; name a PEM file.")
    return {"client_cert": certificate, "client_key": key}


def _secret(what: str, variable: str, option: str, path: Path | None) -> Secret:
    text = _text(path, what) if path is not None else os.environ.get(variable, "")
    if not text and path is None and sys.stdin.isatty():
        text = getpass(f"{what.capitalize()} (not shown): ")
    text = text.strip("\r\n")
    if not text:
        raise UserError(f"The {what} is missing: set {variable}, or name a --{option} that holds it.")
    if not text.isprintable() or (what != "password" and not text.isascii()):
        raise UserError(f"The {what} holds a line break or a character that none can have.")
    return Secret(text)


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not text"
        raise UserError(f"The {what} file {str(path)!r} cannot be read: {reason}.") from None


def sign_in(target: Target, transport: Any = None) -> None:
    """Load our certificate and fetch an access token, where there is one to be had; both are kept for the run.

    Raises:
        UserError: the certificate cannot be used, or the token endpoint gives no token.
    """
    if target.oauth is None and target.client_cert is None:
        return
    from conformance.scim import pool
    from conformance.scim.auth import Credentials
    from conformance.scim.auth_oauth import CredentialsRefused

    try:
        pool.open_pool(target, transport).close()
        credentials = Credentials(target, target.scrubber(), transport)
        try:
            credentials.sign_in()
        finally:
            credentials.close()
    except (pool.BadCertificate, CredentialsRefused) as problem:
        raise UserError(str(problem)) from None
