"""CultureUp's contracts over HTTP."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from jobs.choices import ContractStatus, RightsType
from jobs.models import Contract
from jobs.services.contracts import contract_sign
from jobs.tests.factories import ContractFactory, hired_job

pytestmark = pytest.mark.django_db
TERMS = "The artist will create a unique logo design with 3 revisions."
DEADLINE = "2099-10-20T23:59:59Z"


@pytest.fixture
def job(alice, bob):
    return hired_job(buyer=bob, artist=alice, title="Logo Design for Tech Startup")


@pytest.fixture
def contract(job):
    deadline = datetime(2099, 10, 20, 23, 59, 59, tzinfo=UTC)
    return ContractFactory.create(job=job, terms=TERMS, rights_type="exclusive", deadline=deadline)


@pytest.fixture
def body(job, alice):
    return {
        "job": job.pk,
        "artist": alice.pk,
        "terms": TERMS,
        "rights_type": "exclusive",
        "amount": "850.00",
        "deadline": DEADLINE,
    }


def documented(contract, **differs):
    """The contract as the document shows it, unsigned."""
    return {
        "id": contract.pk,
        "job": {"id": contract.job_id, "title": "Logo Design for Tech Startup"},
        "artist": {"id": contract.artist_id, "username": "alice"},
        "buyer": {"id": contract.buyer_id, "username": "bob"},
        "terms": TERMS,
        "rights_type": "exclusive",
        "amount": "850.00",
        "currency": "PKR",
        "deadline": DEADLINE,
        "status": "pending",
        "artist_signed": False,
        "buyer_signed": False,
        "artist_signed_at": None,
        "buyer_signed_at": None,
        "created_at": stamp(contract.created_at),
        "is_fully_signed": False,
        **differs,
    }


def stamp(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.operation("cultureup.contracts.create")
class TestCreate:
    def test_the_documented_contract(self, client_of, bob, body):
        answer = client_of(bob).post("/api/contracts/", body, format="json")

        assert answer.status_code == 201
        assert answer.json() == documented(Contract.objects.get())

    def test_a_draft(self, client_of, bob, body):
        answer = client_of(bob).post("/api/contracts/", body | {"status": "draft"}, format="json")

        assert (answer.status_code, answer.json()["status"]) == (201, "draft")

    @pytest.mark.parametrize("status", ["active", "completed", ["draft"], None, 7])
    def test_what_the_platform_says_itself_is_not_believed(self, client_of, bob, charlie, body, status):
        sent = body | {
            "status": status,
            "buyer": charlie.pk,
            "artist_signed": True,
            "artist_signed_at": DEADLINE,
            "terms_digest": "0" * 64,
            "currency": "USD",
        }
        answer = client_of(bob).post("/api/contracts/", sent, format="json")

        assert answer.json() == documented(contract := Contract.objects.get())
        assert (contract.terms_digest, contract.currency) == ("", "PKR")

    def test_each_field_says_what_is_wrong(self, client_of, bob):
        wrong = {"job": "x", "artist": [], "terms": " ", "rights_type": "all", "amount": "NaN", "deadline": "soon"}
        answer = client_of(bob).post("/api/contracts/", wrong, format="json")

        assert answer.status_code == 400
        assert set(answer.json()) == set(wrong)
        assert not Contract.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [("amount", "849.99"), ("artist", 2**40), ("job", 2**40), ("deadline", "2020-01-01T00:00:00Z")],
    )
    def test_a_value_that_is_not_the_jobs_is_refused_by_name(self, client_of, bob, body, field, value):
        answer = client_of(bob).post("/api/contracts/", body | {field: value}, format="json")

        assert (answer.status_code, list(answer.json())) == (400, [field])

    def test_a_second_one(self, client_of, bob, contract, body):
        answer = client_of(bob).post("/api/contracts/", body, format="json")

        assert answer.status_code == 400
        assert answer.json() == {"error": "This job has a contract already.", "code": "contract_exists"}


@pytest.mark.operation("cultureup.contracts.list")
class TestList:
    def test_ones_own_on_either_side_and_nobody_elses(self, client_of, alice, bob, charlie, contract):
        ContractFactory.create()
        for person in (alice, bob):
            answer = client_of(person).get("/api/contracts/")
            assert answer.status_code == 200
            assert answer.json() == {"count": 1, "next": None, "previous": None, "results": [documented(contract)]}
        assert client_of(charlie).get("/api/contracts/").json()["results"] == []

    def test_a_draft_is_its_buyers_only(self, client_of, alice, bob, job):
        ContractFactory.create(job=job, status=ContractStatus.DRAFT)

        counts = [client_of(person).get("/api/contracts/").json()["count"] for person in (alice, bob)]

        assert counts == [0, 1]

    def test_staff_list_their_own_as_well(self, client_of, staff, contract):
        assert client_of(staff).get("/api/contracts/").json()["count"] == 0

    def test_filters_and_orderings(self, client_of, bob):
        made = [
            ContractFactory.create(job=hired_job(buyer=bob, final_amount=amount), rights_type=rights, status=status)
            for amount, rights, status in (
                (300, RightsType.EXCLUSIVE, ContractStatus.PENDING),
                (100, RightsType.COMMERCIAL, ContractStatus.TERMINATED),
                (200, RightsType.COMMERCIAL, ContractStatus.PENDING),
            )
        ]

        def found(query):
            rows = client_of(bob).get(f"/api/contracts/?{query}").json()["results"]
            return [made.index(Contract.objects.get(pk=row["id"])) for row in rows]

        assert found("") == [2, 1, 0]
        assert found("ordering=created_at") == [0, 1, 2]
        assert found("ordering=amount") == [1, 2, 0]
        assert found("ordering=-amount") == [0, 2, 1]
        assert found("status=pending") == [2, 0]
        assert found("rights_type=commercial&status=pending") == [2]

    @pytest.mark.parametrize("query", ["status=signed", "rights_type=all", "ordering=terms", "page=x", "page_size=0"])
    def test_a_parameter_that_does_not_fit_is_named(self, client_of, bob, query):
        answer = client_of(bob).get(f"/api/contracts/?{query}")

        assert (answer.status_code, list(answer.json())) == (400, [query.partition("=")[0]])

    def test_a_page_beyond_the_end(self, client_of, bob, contract):
        assert client_of(bob).get("/api/contracts/?page=2").status_code == 404

    def test_as_many_queries_for_thirty_as_for_one(
        self, client_of, bob, contract, django_assert_num_queries, django_assert_max_num_queries
    ):
        client = client_of(bob)
        with django_assert_max_num_queries(4) as one:
            client.get("/api/contracts/")
        for _ in range(29):
            ContractFactory.create(job=hired_job(buyer=bob))
        with django_assert_num_queries(len(one.captured_queries)):
            assert len(client.get("/api/contracts/?page_size=30").json()["results"]) == 30


@pytest.mark.operation("cultureup.contracts.get")
def test_a_contract_is_read_by_its_two_sides_and_staff(client_of, alice, bob, charlie, dora, staff, contract):
    for person in (alice, bob, staff):
        answer = client_of(person).get(f"/api/contracts/{contract.pk}/")
        assert (answer.status_code, answer.json()) == (200, documented(contract))
    for person in (charlie, dora):
        answer = client_of(person).get(f"/api/contracts/{contract.pk}/")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Contract not found"})


@pytest.mark.operation("cultureup.contracts.update")
class TestUpdate:
    def test_other_terms(self, client_of, bob, contract, body):
        sent = body | {"terms": "Two logos.", "rights_type": "commercial", "deadline": "2099-11-01T00:00:00Z"}
        answer = client_of(bob).put(f"/api/contracts/{contract.pk}/", sent, format="json")

        assert answer.status_code == 200
        changed = {"terms": "Two logos.", "rights_type": "commercial", "deadline": "2099-11-01T00:00:00Z"}
        assert answer.json() == documented(contract, **changed)
        assert client_of(bob).get(f"/api/contracts/{contract.pk}/").json() == answer.json()

    @pytest.mark.parametrize("field", ["job", "artist"])
    def test_another_job_or_artist_is_refused_by_name(self, client_of, bob, charlie, contract, body, field):
        answer = client_of(bob).put(f"/api/contracts/{contract.pk}/", body | {field: 2**40}, format="json")

        assert answer.status_code == 400
        assert answer.json() == {field: [f"The {field} of a contract cannot be changed."]}

    def test_a_field_left_out_is_named(self, client_of, bob, contract, body):
        del body["terms"]
        answer = client_of(bob).put(f"/api/contracts/{contract.pk}/", body, format="json")

        assert (answer.status_code, list(answer.json())) == (400, ["terms"])


@pytest.mark.operation("cultureup.contracts.partial_update")
class TestPartialUpdate:
    def test_what_is_sent_is_changed(self, client_of, bob, contract):
        sent = {"amount": "850.00", "deadline": "2099-10-25T23:59:59Z"}
        answer = client_of(bob).patch(f"/api/contracts/{contract.pk}/", sent, format="json")

        assert (answer.status_code, answer.json()) == (200, documented(contract, deadline="2099-10-25T23:59:59Z"))

    def test_a_draft_is_offered(self, client_of, alice, bob, job):
        draft = ContractFactory.create(job=job, status=ContractStatus.DRAFT)
        assert client_of(alice).get(f"/api/contracts/{draft.pk}/").status_code == 404

        answer = client_of(bob).patch(f"/api/contracts/{draft.pk}/", {"status": "pending"}, format="json")

        assert (answer.status_code, answer.json()["status"]) == (200, "pending")
        assert client_of(alice).get(f"/api/contracts/{draft.pk}/").status_code == 200

    def test_nobody_makes_it_active_by_hand(self, client_of, bob, contract):
        sent = {"status": "active", "artist_signed_at": DEADLINE, "is_fully_signed": True}
        answer = client_of(bob).patch(f"/api/contracts/{contract.pk}/", sent, format="json")

        assert (answer.status_code, answer.json()) == (200, documented(contract))

    def test_not_once_it_is_signed(self, client_of, alice, bob, contract):
        contract_sign(actor=alice, contract_id=contract.pk)
        answer = client_of(bob).patch(f"/api/contracts/{contract.pk}/", {"terms": "Others."}, format="json")

        assert (answer.status_code, answer.json()["code"]) == (400, "contract_signed")

    def test_the_artist_does_not_write_the_terms(self, client_of, alice, contract):
        answer = client_of(alice).patch(f"/api/contracts/{contract.pk}/", {"terms": "Others."}, format="json")

        assert (answer.status_code, answer.json()) == (403, {"detail": "Only the buyer changes a contract."})


@pytest.mark.operation("cultureup.contracts.delete")
class TestDelete:
    @pytest.mark.parametrize("side", ["buyer", "artist"])
    def test_what_nobody_signed(self, client_of, contract, side):
        answer = client_of(getattr(contract, side)).delete(f"/api/contracts/{contract.pk}/")

        assert (answer.status_code, answer.content) == (204, b"")
        assert not Contract.objects.exists()

    def test_not_what_somebody_signed(self, client_of, alice, bob, contract):
        contract_sign(actor=alice, contract_id=contract.pk)
        answer = client_of(bob).delete(f"/api/contracts/{contract.pk}/")

        assert (answer.status_code, answer.json()["code"]) == (400, "contract_signed")
        assert Contract.objects.exists()


@pytest.mark.operation("cultureup.contracts.sign")
class TestSign:
    def test_the_documented_first_signature_of_the_artist(self, client_of, alice, contract):
        answer = client_of(alice).post(f"/api/contracts/{contract.pk}/sign/")

        contract.refresh_from_db()
        assert answer.status_code == 200
        assert answer.json() == {
            "message": "Contract signed successfully",
            "contract": {
                "id": contract.pk,
                "artist_signed": True,
                "buyer_signed": False,
                "artist_signed_at": stamp(contract.artist_signed_at),
                "is_fully_signed": False,
                "status": "pending",
            },
        }

    def test_the_buyers_shows_its_time_and_the_second_makes_it_active(self, client_of, alice, bob, contract):
        first = client_of(bob).post(f"/api/contracts/{contract.pk}/sign/").json()["contract"]
        second = client_of(alice).post(f"/api/contracts/{contract.pk}/sign/").json()["contract"]

        contract.refresh_from_db()
        assert (first["artist_signed_at"], first["buyer_signed_at"]) == (None, stamp(contract.buyer_signed_at))
        assert (first["status"], first["is_fully_signed"]) == ("pending", False)
        assert (second["status"], second["is_fully_signed"]) == ("active", True)
        assert (second["artist_signed"], second["buyer_signed"]) == (True, True)
        shown = client_of(bob).get(f"/api/contracts/{contract.pk}/").json()
        assert shown == documented(
            contract,
            status="active",
            artist_signed=True,
            buyer_signed=True,
            artist_signed_at=stamp(contract.artist_signed_at),
            buyer_signed_at=stamp(contract.buyer_signed_at),
            is_fully_signed=True,
        )

    def test_twice(self, client_of, alice, contract):
        client_of(alice).post(f"/api/contracts/{contract.pk}/sign/")
        answer = client_of(alice).post(f"/api/contracts/{contract.pk}/sign/")

        assert answer.status_code == 400
        assert answer.json() == {"error": "You have signed this contract already.", "code": "already_signed"}

    def test_terms_that_differ_from_those_signed_first(self, client_of, bob, contract):
        Contract.objects.filter(pk=contract.pk).update(terms_digest="0" * 64, artist_signed_at=timezone.now())
        answer = client_of(bob).post(f"/api/contracts/{contract.pk}/sign/")

        assert (answer.status_code, answer.json()["code"]) == (409, "terms_differ")

    def test_strangers_do_not_learn_of_it(self, client_of, charlie, staff, contract):
        assert client_of(charlie).post(f"/api/contracts/{contract.pk}/sign/").status_code == 404
        assert client_of(staff).post(f"/api/contracts/{contract.pk}/sign/").status_code == 403
