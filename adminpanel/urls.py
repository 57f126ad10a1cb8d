"""The admin site, and what operators measure."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from adminpanel.pages import metrics, sign_in

urlpatterns = [
    path("metrics", metrics.metrics),
    path("admin", RedirectView.as_view(url="/admin/", query_string=True)),
    path("admin/login/", sign_in.sign_in),
    path("admin/password_change/", sign_in.password_change),
    path("admin/", admin.site.urls),
]
