"""The farm board's pages, and signing in to them with Etsy."""

from django.urls import path

from printshop import pages

urlpatterns = [
    path("printshop/sign-in/etsy/", pages.etsy_sign_in, name="etsy_sign_in"),
    path("printshop/sign-in/etsy/back", pages.etsy_sign_in_back, name="etsy_sign_in_back"),
    path("printshop/board/", pages.board, name="board"),
    path("printshop/board/state", pages.board_state, name="board_state"),
    path("printshop/board/token", pages.board_token, name="board_token"),
    path("printshop/board/printers/<int:printer_id>/<slug:command>", pages.board_command, name="board_command"),
    path("admin/printshop/board/", pages.admin_board, name="admin_board"),
    path("admin/printshop/board/state", pages.admin_board_state, name="admin_board_state"),
]
