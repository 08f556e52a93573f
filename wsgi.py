"""The site as a WSGI application: ``gunicorn wsgi:app``."""

from expo import create_app
from expo.worker import connect

app = create_app()
connect()
