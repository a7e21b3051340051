from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from trajectories.models import LineJudgement
from trajectories.rules.voices import Feature

LONGEST_REASON = 2000  # Characters: half a page, so that evidence is told and not pasted.


class JudgementForm(forms.Form):
    """One voice's judgement of one line of the phase rubric. Saving is the action's job."""

    phase = forms.ChoiceField(
        widget=forms.RadioSelect,
        help_text="Choose the one that describes the school best today.",
        error_messages={"required": "Choose a phase", "invalid_choice": "Choose one of the four phases"},
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=LONGEST_REASON,
        error_messages={
            "required": "Say what you have seen that makes it so",
            "max_length": f"Keep the reason to {LONGEST_REASON:,} characters",
        },
    )

    def __init__(
        self, *args: Any, line_name: str, features: tuple[Feature, ...], voice: LineJudgement.Voice, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        phase, reason = self.fields["phase"], self.fields["reason"]
        phase.label = f"{line_name}: which phase?"
        phase.choices = [(each.phase, _choice(each)) for each in features]  # type: ignore[attr-defined]  # a ChoiceField
        reader = "The trust reads this" if voice == LineJudgement.Voice.SCHOOL else "The school reads this"
        reason.help_text = f"What you have seen, where and when. {reader}. Name no pupil and no member of staff."


def _choice(feature: Feature) -> SafeString:
    ours = " (our wording)" if feature.is_ours else ""
    caps = (
        f" {feature.cap.number}: this alone caps the school at {feature.cap.highest.capitalize()}."
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
