"""Record the emails about decisions."""

from datetime import datetime

from django.db import transaction

from returns.models import DecisionLetter, ReturnDecision


@transaction.atomic
def mark_decision_sent(*, decision: ReturnDecision, to: str, at: datetime) -> None:
    """Record that the email about a decision was sent, to whom and when."""
    DecisionLetter.objects.get_or_create(
        decision=decision,
        defaults={"trust_id": decision.trust_id, "school_id": decision.school_id, "sent_to": to, "sent_at": at},
    )
