"""What a person reads of a big platform's messages costs as much as their own, not as everybody's."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import UserFactory
from community.models import Conversation, Message
from community.selectors.messages import conversations_of, messages_of
from tests.planning import counted, emptied

PEOPLE, ROWS = 400, 40_000


@pytest.fixture(scope="module")
def reader(django_db_setup, django_db_blocker):
    """One of many people who all write to each other."""
    with django_db_blocker.unblock():
        people = UserFactory.create_batch(PEOPLE)
        first = people[0].pk
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                INSERT INTO {Conversation._meta.db_table} (first_id, second_id, created_at)
                SELECT a, b, now() FROM generate_series(%s, %s) a, generate_series(%s, %s) b
                WHERE a < b AND (a + b) %% 8 = 0""",
                [first, first + PEOPLE - 1] * 2,
            )
            cursor.execute(
                f"""
                INSERT INTO {Message._meta.db_table} (
                    conversation_id, sender_id, receiver_id, content, attachment, attachment_name, attachment_type,
                    attachments, is_read, hidden_for_sender, hidden_for_receiver, created_at)
                SELECT id, CASE WHEN n %% 2 = 0 THEN first_id ELSE second_id END,
                    CASE WHEN n %% 2 = 0 THEN second_id ELSE first_id END, 'Message ' || n, '', '', '', '[]',
                    n %% 5 <> 0, n %% 11 = 0, n %% 13 = 0, now() - n * id %% 9973 * interval '1 minute'
                FROM {Conversation._meta.db_table}, generate_series(1, 4) n LIMIT %s""",
                [ROWS],
            )
        counted(Message, Conversation)
        yield people[PEOPLE // 2]
        emptied(Message, Conversation)
        User.objects.filter(pk__in=[person.pk for person in people]).delete()


@pytest.mark.django_db
@pytest.mark.parametrize("filters", [{}, {"ordering": "created_at"}, {"is_read": False}, {"job": 1}])
def test_a_page_of_one_s_messages_reads_indexes(reader, filters):
    plan = messages_of(actor=reader, **filters)[:20].explain()
    assert f"Seq Scan on {Message._meta.db_table}" not in plan, plan


@pytest.mark.django_db
def test_conversations_read_indexes(reader):
    with CaptureQueriesContext(connection) as asked:
        found = conversations_of(actor=reader)
    assert len(found) == Conversation.objects.filter(first=reader).count() + (
        Conversation.objects.filter(second=reader).count()
    )
    assert len(asked) == 2
    for query in asked.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        for table in (Message._meta.db_table, Conversation._meta.db_table):
            assert f"Seq Scan on {table}" not in plan, plan
