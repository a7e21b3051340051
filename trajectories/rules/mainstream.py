"""Which schools are mainstream: the rule itself is with the published figures, which use it too."""

from kpis.rules.mainstream import mainstream_urns

__all__ = ["mainstream_urns"]
