from typing import Any

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from trusts.models import Trust
from trusts.permissions import Permission, enter_for


class TrustScoped:
    """The same gate as ``requires`` for a viewset mounted under ``trusts/<trust_id>/``."""

    read_permission: Permission
    write_permission: Permission
    trust: Trust

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # DRF authenticates first
        reads = request.method in SAFE_METHODS
        permission = self.read_permission if reads else self.write_permission
        self.trust = enter_for(request, int(kwargs["trust_id"]), permission).trust
