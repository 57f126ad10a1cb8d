"""What articles, posts, courses, tutorials and communities are searched by, on PostgreSQL: the words and triples of its keys."""

from django.db import migrations

from config.core.migrating import add_triples, add_words

STEPS = [
    add_words("community_helparticle", {"title_key": "A", "body_key": "B"}),
    add_triples("community_helparticle", "title_key"),
    add_words("community_blogpost", {"title_key": "A", "text_key": "B"}),
    add_triples("community_blogpost", "title_key"),
    add_words("community_course", {"title_key": "A", "description_key": "B"}),
    add_triples("community_course", "title_key"),
    add_words("community_tutorial", {"title_key": "A", "content_key": "B"}),
    add_triples("community_tutorial", "title_key"),
    add_words("community_community", {"search_key": "A", "description_key": "B"}),
    add_triples("community_community", "search_key", "description_key"),
]


class Migration(migrations.Migration):

    dependencies = [("community", "0001_initial")]

    operations = STEPS
