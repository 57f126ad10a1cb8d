"""The print shop's operations, mounted at /api/printshop/ and, with ROOT_URLCONF=config.urls_printshop, at /api/."""

from accounts.api.printshop import passwords
from config.dialects.routing import Route
from printshop.api.printshop import analytics, auth, commands, notifications, orders, printers, shipping, shop

ROUTES = [
    # ---------------------------------------------------------------- authentication (Etsy OAuth)
    Route("GET", "/auth/login", auth.Login, "auth.login"),
    Route("POST", "/auth/callback", auth.Callback, "auth.callback"),
    Route("POST", "/auth/logout", auth.Auth, "auth.logout"),
    Route("GET", "/auth/user", auth.Auth, "auth.user"),
    Route("POST", "/auth/password/change", passwords.Password, "auth.password.change"),
    Route("POST", "/auth/password/forgot", passwords.ForgottenPassword, "auth.password.forgot"),
    Route("POST", "/auth/password/reset", passwords.ForgottenPassword, "auth.password.reset"),
    Route("GET", "/shop", shop.OneShop, "shop.get"),
    Route("PUT", "/shop", shop.OneShop, "shop.update"),
    Route("POST", "/shop/disconnect", shop.Disconnect, "shop.disconnect"),
    # ---------------------------------------------------------------- orders
    Route("GET", "/orders", orders.Orders, "orders.list"),
    Route("GET", "/orders/{id}", orders.OneOrder, "orders.get"),
    Route("PUT", "/orders/{id}", orders.OneOrder, "orders.update"),
    Route("POST", "/orders/sync", orders.Sync, "orders.sync"),
    Route("POST", "/orders/{id}/notes", orders.Notes, "orders.notes.create"),
    Route("GET", "/orders/{id}/notes", orders.Notes, "orders.notes.list"),
    Route("POST", "/orders/{id}/communications", orders.Communications, "orders.communications.create"),
    Route("GET", "/orders/{id}/communications", orders.Communications, "orders.communications.list"),
    Route("POST", "/orders/{id}/shipments", shipping.Shipments, "orders.shipments.create"),
    Route("GET", "/orders/{id}/shipments", shipping.Shipments, "orders.shipments.list"),
    Route("GET", "/orders/{id}/profit", analytics.OrderProfit, "orders.profit"),
    # ---------------------------------------------------------------- printers
    Route("GET", "/bambu/printers", printers.Printers, "printers.list"),
    Route("POST", "/bambu/printers", printers.Printers, "printers.create"),
    Route("GET", "/bambu/printers/{id}/status", printers.Printers, "printers.status"),
    Route("PUT", "/bambu/printers/{id}", printers.Printers, "printers.update"),
    Route("DELETE", "/bambu/printers/{id}", printers.Printers, "printers.delete"),
    Route("POST", "/bambu/printers/{id}/plate-clear", printers.Printers, "printers.plate_clear"),
    Route("POST", "/bambu/printers/{id}/accept-certificate", printers.Printers, "printers.accept_certificate"),
    Route("POST", "/bambu/printers/{id}/pause", commands.Commands, "printers.pause"),
    Route("POST", "/bambu/printers/{id}/resume", commands.Commands, "printers.resume"),
    Route("POST", "/bambu/printers/{id}/stop", commands.Commands, "printers.stop"),
    Route("POST", "/bambu/printers/{id}/refresh", commands.Commands, "printers.refresh"),
    Route("GET", "/bambu/commands/{id}", commands.Commands, "commands.get"),
    # ---------------------------------------------------------------- notifications
    Route("GET", "/bambu/notifications", notifications.Notifications, "notifications.get"),
    Route("PUT", "/bambu/notifications/{id}", notifications.Notifications, "notifications.update"),
    Route("GET", "/bambu/events", notifications.Events, "events.list"),
    # ---------------------------------------------------------------- analytics
    Route("GET", "/analytics/dashboard", analytics.Analytics, "analytics.dashboard"),
    Route("GET", "/analytics/revenue", analytics.Revenues, "analytics.revenue"),
]
