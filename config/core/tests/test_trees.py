"""Trees of comments: in order, in one pass, and never deeper than JSON is read."""

import orjson

from config.core.trees import DEEPEST, nested


def row(number, parent=None):
    return {"id": number, "parent_id": parent, "replies": []}


def shape(rows):
    return [(each["id"], shape(each["replies"])) for each in rows]


def test_answers_stand_under_what_they_answer():
    tops = [row(3), row(1)]
    answers = [row(2, 1), row(4, 3), row(5, 2), row(6, 1)]
    assert shape(nested(tops, answers)) == [(3, [(4, [])]), (1, [(2, [(5, [])]), (6, [])])]


def test_answers_to_what_is_not_there_are_left_out():
    assert shape(nested([row(1)], [row(3, 2), row(4, 3), row(5, 1)])) == [(1, [(5, [])])]


def test_ten_thousand_deep():
    tops = nested([row(1)], [row(number, number - 1) for number in range(2, 10_002)])
    read = orjson.loads(orjson.dumps(tops))
    depth, seen, level = 0, 0, read
    while level:
        depth, seen = depth + 1, seen + len(level)
        level = [reply for each in level for reply in each["replies"]]
    assert (depth, seen) == (DEEPEST + 1, 10_001)
