from django.forms.renderers import TemplatesSetting


class GovukRenderer(TemplatesSetting):
    """Render every form field with the same template."""

    field_template_name = "forms/field.html"
