from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from trajectories.models import LineJudgement
from trajectories.rules.rubric_voices import RubricFeature

LONGEST_REASON = 2000  # Characters: half a page, so that people describe evidence and do not paste it.


class JudgementForm(forms.Form):
    """One voice's judgement of one line of the phase rubric. The action saves it."""

    phase = forms.ChoiceField(
        widget=forms.RadioSelect,
        help_text="Choose the phase that describes the school best today.",
        error_messages={"required": "Choose a phase", "invalid_choice": "Choose one of the four phases"},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=LONGEST_REASON,
        error_messages={
            "required": "Say what you have seen that supports this phase",
            "max_length": f"Reason must be {LONGEST_REASON:,} characters or fewer",
        },
    )

    def __init__(
        self, *args: Any, line_name: str, features: tuple[RubricFeature, ...], voice: LineJudgement.Voice, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        phase, reason = self.fields["phase"], self.fields["reason"]
        phase.label = f"{line_name}: which phase?"
        phase.choices = [(feature.phase, _choice(feature)) for feature in features]  # type: ignore[attr-defined]  # a ChoiceField
        reader = "The trust will read this" if voice == LineJudgement.Voice.SCHOOL else "The school will read this"
        reason.help_text = f"Say what you saw, where and when. {reader}. Do not name pupils or members of staff."


def _choice(feature: RubricFeature) -> SafeString:
    ours = " (our wording)" if feature.is_ours else ""
    caps = (
        f" {feature.cap.number}: the school can then be no further than {feature.cap.highest.capitalize()}."
        if feature.cap
        else ""
    )
    return format_html(
        '<strong>{}</strong> <span class="sl-reason">{}.{}{}</span>',
        feature.phase.capitalize(),
        feature.text,
        ours,
        caps,
    )
