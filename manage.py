#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

from config.celery import app as celery_app

__all__ = ["celery_app"]  # Made here, so that a command that sends a task finds the broker.

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)
