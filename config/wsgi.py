import os

from django.core.wsgi import get_wsgi_application

from config.celery import app as celery_app

__all__ = ["application", "celery_app"]  # Importing Celery's app here lets tasks find the broker.

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
