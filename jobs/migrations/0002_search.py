"""What jobs are searched by: keys, and on PostgreSQL the words and triples of them."""

from django.db import migrations

from config.core.migrating import add_triples, add_words, fill_keys
from config.core.text_search import SearchKey

KEYS = [
    ("job", "title_key", "title"),
    ("job", "description_key", "description"),
    ("job", "skills_key", "required_skills"),
]
STEPS = [
    fill_keys("jobs", "Job"),
    add_words("jobs_job", {"title_key": "A", "skills_key": "B", "description_key": "C"}),
    add_triples("jobs_job", "title_key", "description_key"),
]


class Migration(migrations.Migration):

    dependencies = [("jobs", "0001_initial")]

    operations = [
        *(migrations.AddField(model, name, SearchKey(*columns)) for model, name, *columns in KEYS),
        *(migrations.RunPython(*step) for step in STEPS),
    ]
