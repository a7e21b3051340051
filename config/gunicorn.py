"""How gunicorn serves the application, in the demonstration and in production; PORT and WEB_* change it."""

import os

from django.urls import get_resolver

wsgi_app = "config.wsgi"
bind = f"{os.environ.get('WEB_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"

# Two processes of four threads: most of a request is waiting for the database. Loaded before the fork, so
# that the processes share the memory of pandas and SciPy.
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True

# A worker is renewed now and then, not all at the same moment.
max_requests = 2000
max_requests_jitter = 500

timeout = 60
graceful_timeout = 20
control_socket_disable = True  # Nothing here is managed while it runs; no socket file is left behind.
accesslog = "-" if os.environ.get("WEB_ACCESS_LOG") else None


def when_ready(server: object) -> None:
    """Load the views too before the fork: Django would do so at the first request, in each process again."""
    _ = get_resolver().url_patterns
