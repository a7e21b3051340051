"""The parts a demonstration and the tests bring with them: PostgreSQL, Valkey and the process manager.

Nothing here runs in production, where DATABASE_URL and REDIS_URL name services of their own.
"""
