"""CultureUp's search over artworks, jobs and artists."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors.people import artists_found
from config.core.money import shown, shown_price
from config.dialects.amounts import AmountOut
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView
from jobs.choices import JobStatus
from jobs.selectors import jobs_found
from marketplace.selectors.artworks import artworks_found
from marketplace.services.pictures.links import Links

SHOWN = 20


class SearchQuery(serializers.Serializer[Any]):
    q = serializers.CharField(max_length=200)


class FoundArtworkOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    artist_name = serializers.CharField()
    price = AmountOut()
    currency = serializers.CharField()
    image = serializers.URLField(allow_null=True)


class FoundJobOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    buyer_name = serializers.CharField()
    budget_min = AmountOut()
    budget_max = AmountOut()
    currency = serializers.CharField()
    status = serializers.ChoiceField(JobStatus.choices)


class FoundArtistOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    full_name = serializers.CharField()
    skills = serializers.CharField(help_text="Empty without a profile.")
    rating = serializers.FloatField()


class ResultsOut(serializers.Serializer[Any]):
    artworks = FoundArtworkOut(many=True)
    jobs = FoundJobOut(many=True)
    artists = FoundArtistOut(many=True)


class FoundOut(serializers.Serializer[Any]):
    """The best twenty of each kind; `total_results` counts all."""

    query = serializers.CharField()
    results = ResultsOut()
    total_results = serializers.IntegerField()


class Search(CultureupView):
    @operation(query=SearchQuery, answer=FoundOut, who=AllowAny)
    def search(self, request: Request) -> Response:
        text = self.query()["q"]
        artworks = artworks_found(text=text, shown=SHOWN)
        jobs = jobs_found(actor=request.user, text=text, shown=SHOWN)
        artists = artists_found(text=text, shown=SHOWN)
        links = Links(actor=request.user, origin=request.build_absolute_uri("/")[:-1])
        return self.answer(
            {
                "query": text,
                "results": {
                    "artworks": [
                        {
                            "id": row["id"],
                            "title": row["title"],
                            "artist_name": row["seller__username"],
                            "price": shown_price(row["price"], row["currency"]),
                            "currency": row["currency"],
                            "image": links.rendition(row["artwork__picture__watermarked"]),
                        }
                        for row in artworks.rows
                    ],
                    "jobs": [
                        {
                            "id": job.pk,
                            "title": job.title,
                            "buyer_name": job.buyer.username,
                            "budget_min": shown(job.budget_min, job.currency),
                            "budget_max": shown(job.budget_max, job.currency),
                            "currency": job.currency,
                            "status": job.status,
                        }
                        for job in jobs.rows
                    ],
                    "artists": [
                        {
                            "id": artist.pk,
                            "username": artist.username,
                            "full_name": artist.get_full_name(),
                            "skills": profile.skills if profile else "",
                            "rating": float(profile.rating) if profile else 0.0,
                        }
                        for artist in artists.rows
                        for profile in [getattr(artist, "artist_profile", None)]
                    ],
                },
                "total_results": artworks.total + jobs.total + artists.total,
            }
        )
