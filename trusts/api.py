from typing import Any

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from trusts.models import Trust
from trusts.permissions import Access, Permission, enter_for, kept_nowhere


class TrustScoped:
    """Check permission and enter the scope, as ``requires`` does, for a viewset under ``trusts/<trust_id>/``."""

    read_permission: Permission
    write_permission: Permission
    trust: Trust
    access: Access

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # DRF authenticates first
        reads = request.method in SAFE_METHODS
        permission = self.read_permission if reads else self.write_permission
        self.access = enter_for(request, int(kwargs["trust_id"]), permission)
        self.trust = self.access.trust

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        finished = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]  # DRF's own
        kept_nowhere(finished)
        return finished
