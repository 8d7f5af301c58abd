"""A real SensorThings service (django-ogc-sensorthings on SQLite): ``... PORT DATABASE``."""

from __future__ import annotations

import sys
from socketserver import ThreadingMixIn
from uuid import UUID
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        return


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def main(port: int, database: str) -> None:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        INSTALLED_APPS=[
            "sensorthings.versions.v1_1",
            "sensorthings.versions.v1_1.backends.django",
            "sensorthings.versions.v1_1.extensions.dataarray",
        ],
        SECRET_KEY="for tests on loopback only",
        USE_TZ=True,
        SENSORTHINGS_V1_1_SERVICE_URL=f"http://127.0.0.1:{port}/sensorthings",
        SENSORTHINGS_V1_1_BACKEND_ADAPTER=(
            "sensorthings.versions.v1_1.backends.django.adapter.DjangoBackendAdapter"
        ),
        SENSORTHINGS_V1_1_ID_TYPE=UUID,
        SENSORTHINGS_V1_1_ID_DELIMITER="'",
    )
    django.setup()
    # The service looks at the settings when it is imported, so the addresses come after them.
    settings.ROOT_URLCONF = (path("sensorthings/", include("sensorthings.versions.v1_1.urls")),)
    call_command("migrate", verbosity=0)
    application = get_wsgi_application()
    with make_server("127.0.0.1", port, application, Threads, Quiet) as server:
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
