"""A real OpenID Connect provider as a process of its own: Canaille with people of Guangzhou, kept in its memory.

Started by `fixtures.single_sign_on` as `python provider.py`, with its orders as one JSON document on standard input.
"""

import json
import sys
from typing import Any

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from flask import Flask
from werkzeug.serving import run_simple


def provider(orders: dict[str, Any]) -> Flask:
    """Return the provider: it listens at `port`, signs with `keys`, and knows one client and the `people`."""
    app: Flask = create_app(
        config={
            "SECRET_KEY": orders["secret"],
            "SERVER_NAME": f"127.0.0.1:{orders['port']}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False, "HTMX": False, "SMTP": None},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": orders["keys"]},
        },
        env_file=None,
    )
    return app


def fill(orders: dict[str, Any]) -> None:
    """Make the client, and each person with the groups named."""
    address = orders["dashboard"]
    client = models.Client(
        client_id=orders["client_id"],
        client_name="cityops",
        client_secret=orders["client_secret"],
        client_uri=address,
        redirect_uris=[f"{address}/sign-in/oidc/callback"],
        post_logout_redirect_uris=[f"{address}/sign-in"],
        grant_types=["authorization_code"],
        response_types=["code"],
        scope=["openid", "profile", "groups"],
        token_endpoint_auth_method="client_secret_basic",
    )
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)
    for login, groups in orders["people"].items():
        person = models.User(
            user_name=login,
            formatted_name=login.title(),
            family_name=login.title(),
            emails=[f"{login}@example.org"],
            password=orders["password"],
        )
        Backend.instance.save(person)
        for name in groups:
            Backend.instance.save(models.Group(display_name=name, members=[person]))


if __name__ == "__main__":
    told = json.load(sys.stdin)
    running = provider(told)
    with running.app_context():
        fill(told)
    run_simple("127.0.0.1", told["port"], running, threaded=True)
