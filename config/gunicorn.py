"""Configure gunicorn for the demonstration and production. PORT and WEB_* change the defaults."""

import os

from django.urls import get_resolver

wsgi_app = "config.wsgi"
bind = f"{os.environ.get('WEB_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"

# Two processes with four threads, because requests mostly wait for the database. The application loads before the
# fork, so that the processes share the memory of pandas and SciPy.
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True

# Workers restart now and then, but not all at once.
max_requests = 2000
max_requests_jitter = 500

timeout = 60
graceful_timeout = 20
control_socket_disable = True  # Nobody controls it while it runs, and this way it leaves no socket file.
accesslog = "-" if os.environ.get("WEB_ACCESS_LOG") else None


def when_ready(server: object) -> None:
    """Load the views before the fork. Otherwise Django would load them in each process at its first request."""
    _ = get_resolver().url_patterns
