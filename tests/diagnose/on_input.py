"""Situations of a URL or a token that was pasted wrong; nothing is sent."""

from __future__ import annotations

from tests.diagnose.situations import TOKEN, pasted, situation

GOOD = "https://idm.example.com/scim/v2"
URLS = [
    ("url-empty", "", "-", "is empty"),
    ("url-white-space", f"{GOOD} ", "-", "white space at character 32"),
    ("url-invisible", f"{GOOD}\u200b", "-", "ZERO WIDTH SPACE"),
    ("url-quoted", f'"{GOOD}"', "-", "quotes"),
    ("url-placeholder", "https://idm.example.com/{tenant}/scim", "-", "{tenant}"),
    ("url-no-scheme", "idm.example.com/scim/v2", "-", "does not start with https"),
    ("url-wrong-scheme", "ftp://idm.example.com/scim", "-", "ftp://"),
    ("url-bad-host", "https:///scim/v2", "-", "no usable host"),
    ("url-bad-port", "https://idm.example.com:99999/scim", "-", "port"),
    ("url-credentials", "https://jan:canary-7Hq2vXw9ZpL4@idm.example.com/scim", "-", "password inside"),
    ("url-portal", "https://entra.microsoft.com/#view/Microsoft_AAD", "-", "page of Microsoft"),
    ("url-resource", f"{GOOD}/Users", "I", "ends in /Users"),
    ("url-fragment", "https://idm.example.com/admin#/scim", "-", "#/scim"),
    ("url-query", f"{GOOD}?filter=userName", "-", "single request"),
    ("url-plain-http", "http://idm.example.com/scim", "-", "in clear"),
]
for cause, text, code, told in URLS:
    situation(cause, cause, "url", code, told, pasted(text))
situation("url-resource-id", "url-resource", "url", "I", "/Groups", pasted(f"{GOOD}/Groups/123"))
situation("url-no-break-space", "url-invisible", "url", "-", "NO-BREAK SPACE", pasted(f"\u00a0{GOOD}"))

TOKENS = [
    ("token-empty", "  \n", "-", "is empty"),
    ("token-only-bearer", "Bearer ", "-", "only the word"),
    ("token-header-line", f"Authorization: Bearer {TOKEN}", "C", "header's name"),
    ("token-bearer-twice", f"Bearer bearer {TOKEN}", "C", "twice"),
    ("token-line-break", f"{TOKEN[:12]}\n{TOKEN[12:]}", "C", "2 lines"),
    ("token-quoted", f'"{TOKEN}"', "C", "quotes"),
    ("token-not-ascii", f"{TOKEN}\u200b", "C", "position 28"),
    ("token-space", f"secret {TOKEN}", "C", "2 words"),
]
for cause, token, code, told in TOKENS:
    situation(cause, cause, "credentials", code, told, pasted(GOOD, token))
situation("token-form-feed", "token-empty", "credentials", "-", "is empty", pasted(GOOD, "\x0c"))
