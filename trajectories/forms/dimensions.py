from typing import Any

from django import forms

from trajectories.forms.judgements import LONGEST_REASON
from trajectories.models import DimensionRecord
from trajectories.rules.dimensions import Dimension

TOO_LONG = f"Keep it to {LONGEST_REASON:,} characters"


class DimensionForm(forms.Form):
    """What a school has to give and what it needs in one dimension of capacity. Saving is the action's job."""

    has_level = forms.ChoiceField(
        label="What it could give to other schools",
        choices=DimensionRecord.Level.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how much it could give"},
    )
    has_text = forms.CharField(
        label="What it could give, in words",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REASON,
        error_messages={"max_length": TOO_LONG},
    )
    needs_level = forms.ChoiceField(
        label="What it needs from other schools",
        choices=DimensionRecord.Level.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how much it needs"},
    )
    needs_text = forms.CharField(
        label="What it needs, in words",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REASON,
        error_messages={"max_length": TOO_LONG},
    )

    def __init__(self, *args: Any, dimension: Dimension, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "has_text"
        ].help_text = f"Asked for where it is not nothing. {dimension.has} Name a role, not a person."
        self.fields["needs_text"].help_text = f"Asked for where it is not nothing. {dimension.needs}"

    def clean(self) -> dict[str, Any]:
        """Ask for words where there is something."""
        cleaned = super().clean() or {}
        for side, message in (("has", "Say what it could give"), ("needs", "Say what it needs")):
            if cleaned.get(f"{side}_level") in ("some", "much") and not cleaned.get(f"{side}_text"):
                self.add_error(f"{side}_text", message)
        return cleaned
