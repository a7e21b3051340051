from django.apps import AppConfig


class TrustsConfig(AppConfig):
    name = "trusts"

    def ready(self) -> None:
        from trusts import checks  # noqa: F401, PLC0415  # Django's own place to register checks.
