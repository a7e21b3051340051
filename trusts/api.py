from typing import Any

from rest_framework.request import Request

from trusts.models import Trust
from trusts.permissions import Access, Permission, enter_for


class TrustScoped:
    """Check permission and enter the scope, as ``requires`` does, for a viewset under ``trusts/<trust_id>/``.

    Viewsets only read. Another method gets its 405 after this check, so that it says nothing to a stranger.
    """

    read_permission: Permission
    trust: Trust
    access: Access

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]  # DRF authenticates first
        self.access = enter_for(request, int(kwargs["trust_id"]), self.read_permission)
        self.trust = self.access.trust
