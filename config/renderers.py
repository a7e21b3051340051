from django.forms.renderers import TemplatesSetting


class GovukRenderer(TemplatesSetting):
    """Render every form field with our one field template. No per-field classes needed."""

    field_template_name = "forms/field.html"
