"""Signing in to this server's pages, and pages that links in e-mails lead to."""

from django.urls import path

from accounts import pages

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign_in"),
    path("sign-out/", pages.sign_out, name="sign_out"),
    path("verify-email/<str:signed>/", pages.verify_email, name="verify_email"),
    path("reset-password/<str:signed>/", pages.reset_password, name="reset_password"),
    path("invitation/<str:signed>/", pages.accept_invitation, name="accept_invitation"),
    path("undo-email-change/<str:signed>/", pages.undo_email_change, name="undo_email_change"),
    path("unsubscribe/<str:signed>/", pages.unsubscribe, name="unsubscribe"),
    path("your-data/<str:signed>/", pages.data_export, name="data_export"),
]
