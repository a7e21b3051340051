import json
import zlib

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

PACKED = "Deflated JSON: lists of equal length of urn, name, la, estab, school_type, is_mainstream."
COLUMNS = "Lists of equal length: urn, name, la, estab, school_type, is_mainstream; null: not said."


def pack(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for each in apps.get_model("kpis", "SchoolList").objects.all():
        each.packed = zlib.compress(json.dumps(each.columns).encode(), level=1)
        each.save(update_fields=["packed"])


def unpack(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for each in apps.get_model("kpis", "SchoolList").objects.all():
        each.columns = json.loads(zlib.decompress(each.packed))
        each.save(update_fields=["columns"])


class Migration(migrations.Migration):
    dependencies = [("kpis", "0027_lines_to_come_back_to")]

    operations = [
        migrations.AddField("schoollist", "packed", models.BinaryField(default=b"", help_text=PACKED), False),
        migrations.AlterField("schoollist", "columns", models.JSONField(default=dict, help_text=COLUMNS)),
        migrations.RunPython(pack, unpack),
        migrations.RemoveField("schoollist", "columns"),
    ]
