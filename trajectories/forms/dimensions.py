from typing import Any

from django import forms

from trajectories.forms.judgements import LONGEST_REASON
from trajectories.models import DimensionRecord
from trajectories.rules.dimensions import Dimension

TOO_LONG = f"Your answer must be {LONGEST_REASON:,} characters or fewer"


class DimensionForm(forms.Form):
    """What a school has to give and what it needs in one dimension of capacity. The action saves it."""

    has_level = forms.ChoiceField(
        label="What it could give to other schools",
        choices=DimensionRecord.Level.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how much it could give"},
    )
    has_text = forms.CharField(
        label="Describe what it could give",
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
        label="Describe what it needs",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REASON,
        error_messages={"max_length": TOO_LONG},
    )

    def __init__(self, *args: Any, dimension: Dimension, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "has_text"
        ].help_text = f"Leave empty if you chose “Nothing”. {dimension.has} Name a role, not a person."
        self.fields["needs_text"].help_text = f"Leave empty if you chose “Nothing”. {dimension.needs}"

    def clean(self) -> dict[str, Any]:
        """Require a description unless the level is nothing."""
        cleaned = super().clean() or {}
        for side, message in (("has", "Describe what it could give"), ("needs", "Describe what it needs")):
            if cleaned.get(f"{side}_level") in ("some", "much") and not cleaned.get(f"{side}_text"):
                self.add_error(f"{side}_text", message)
        return cleaned
