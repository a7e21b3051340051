"""Run PostgreSQL, Valkey and the process manager for the demonstration and the tests.

Nothing here runs in production, where DATABASE_URL and REDIS_URL name separate services.
"""
