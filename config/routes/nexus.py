"""Nexus Models' operations, mounted at /api/."""

from accounts.api.nexus import accounts, admin_people, notifications, people, social
from commerce.api.nexus import cart, checkout, coupons, dashboard, purchases, reviews
from commerce.api.nexus import models as offers
from community.api.nexus import blog, communities, courses, help, posts
from community.api.nexus import dashboard as overview
from config.dialects.routing import Route
from marketplace.api.nexus import categories, comments, models, uploads

ROUTES = [
    # Homepage
    # 3-D models
    Route("GET", "/models", models.Models, "models.list"),
    Route("GET", "/models/{id}", offers.Model, "models.retrieve"),
    Route("POST", "/models/{id}/like", models.Models, "models.like"),
    Route("DELETE", "/models/{id}/like", models.Models, "models.unlike"),
    Route("POST", "/models/{id}/comment", comments.Comments, "models.comment"),
    Route("GET", "/models/{id}/comments", comments.Comments, "models.comments.list"),
    Route("POST", "/models/{id}/comments", comments.Comments, "models.comments.create"),
    Route("POST", "/models/{id}/view", models.Models, "models.view"),
    Route("GET", "/models/{id}/public", models.Models, "models.public"),
    Route("POST", "/models/upload", offers.Offers, "models.upload"),
    Route("GET", "/users/{username}/models", models.OfCreator, "users.models"),
    Route("GET", "/dashboard/models", models.Own, "dashboard.models"),
    Route("PUT", "/models/{id}", offers.Model, "models.update"),
    Route("DELETE", "/models/{id}", offers.Model, "models.delete"),
    # Collections
    # Uploads
    Route("POST", "/upload/image", uploads.Uploads, "upload.image"),
    Route("POST", "/upload/model-file", uploads.ModelUploads, "upload.model_file"),
    Route("POST", "/upload/model", uploads.ModelUploads, "upload.model"),
    Route("POST", "/upload/avatar", uploads.Uploads, "upload.avatar"),
    Route("POST", "/upload/document", uploads.Uploads, "upload.document"),
    Route("DELETE", "/upload/{file_id}", uploads.Uploads, "upload.delete"),
    Route("POST", "/upload/parts", uploads.Parts, "upload.parts.begin"),
    Route("GET", "/upload/parts/{file_id}", uploads.Parts, "upload.parts.state"),
    Route("DELETE", "/upload/parts/{file_id}", uploads.Parts, "upload.parts.cancel"),
    Route("PUT", "/upload/parts/{file_id}/{number}", uploads.Part, "upload.parts.part"),
    Route("POST", "/upload/parts/{file_id}/complete", uploads.Parts, "upload.parts.complete"),
    # Categories
    Route("GET", "/categories", categories.Categories, "categories.list"),
    # Cart and checkout
    Route("POST", "/models/{id}/purchase", checkout.ModelPurchases, "models.purchase"),
    Route("GET", "/cart", cart.Carts, "cart.retrieve"),
    Route("POST", "/cart", cart.Carts, "cart.add"),
    Route("DELETE", "/cart/{model_id}", cart.Carts, "cart.remove"),
    Route("POST", "/cart/apply-coupon", cart.CartCoupons, "cart.apply_coupon"),
    Route("DELETE", "/cart/apply-coupon", cart.CartCoupons, "cart.remove_coupon"),
    Route("POST", "/checkout", checkout.Checkouts, "checkout.create"),
    Route("GET", "/checkout/payment-methods", checkout.Checkouts, "checkout.payment_methods"),
    Route("POST", "/checkout/process-payment", checkout.Checkouts, "checkout.process_payment"),
    # Purchases
    Route("GET", "/purchases", purchases.Purchases, "purchases.list"),
    Route("GET", "/purchases/{transaction_id}", purchases.Purchases, "purchases.retrieve"),
    Route("GET", "/purchases/{transaction_id}/download-link", purchases.PurchaseLinks, "purchases.download_link"),
    Route("GET", "/models/{id}/reviews", reviews.ModelReviews, "models.reviews.list"),
    Route("POST", "/models/{id}/reviews", reviews.ModelReviews, "models.reviews.create"),
    # Dashboard
    Route("GET", "/dashboard/stats", overview.Dashboard, "dashboard.stats"),
    Route("GET", "/dashboard/recent-activity", dashboard.Figures, "dashboard.recent_activity"),
    Route("GET", "/dashboard/sales-chart", dashboard.Figures, "dashboard.sales_chart"),
    Route("GET", "/dashboard/revenue", dashboard.Figures, "dashboard.revenue"),
    Route("GET", "/dashboard/transactions", dashboard.Transactions, "dashboard.transactions"),
    Route("GET", "/dashboard/payouts", dashboard.Payouts, "dashboard.payouts"),
    Route("POST", "/dashboard/request-payout", dashboard.Payouts, "dashboard.request_payout"),
    Route("GET", "/dashboard/statement", dashboard.Payouts, "dashboard.statement"),
    # Plans and subscriptions
    # Bounties
    # Communities
    Route("GET", "/communities", communities.Communities, "communities.list"),
    Route("POST", "/communities", communities.Communities, "communities.create"),
    Route("GET", "/communities/{id}", communities.Communities, "communities.retrieve"),
    Route("POST", "/communities/{id}/join", communities.Communities, "communities.join"),
    Route("DELETE", "/communities/{id}/leave", communities.Communities, "communities.leave"),
    Route("GET", "/communities/{id}/members", communities.Members, "communities.members.list"),
    Route("POST", "/communities/{id}/members", communities.Members, "communities.members.invite"),
    Route("PUT", "/communities/{id}/members/{user_id}", communities.Members, "communities.members.update"),
    Route("DELETE", "/communities/{id}/members/{user_id}", communities.Members, "communities.members.remove"),
    Route("GET", "/communities/{id}/posts", posts.Posts, "communities.posts.list"),
    Route("POST", "/communities/{id}/posts", posts.Posts, "communities.posts.create"),
    Route("GET", "/communities/{id}/posts/{post_id}", posts.Posts, "communities.posts.retrieve"),
    Route("PUT", "/communities/{id}/posts/{post_id}", posts.Posts, "communities.posts.update"),
    Route("DELETE", "/communities/{id}/posts/{post_id}", posts.Posts, "communities.posts.delete"),
    Route("POST", "/communities/{id}/posts/{post_id}/reactions", posts.Posts, "communities.posts.react"),
    Route("DELETE", "/communities/{id}/posts/{post_id}/reactions", posts.Posts, "communities.posts.unreact"),
    Route("GET", "/communities/{id}/posts/{post_id}/comments", posts.Comments, "communities.posts.comments.list"),
    Route("POST", "/communities/{id}/posts/{post_id}/comments", posts.Comments, "communities.posts.comments.create"),
    Route("POST", "/communities/{id}/posts/{post_id}/share", posts.Posts, "communities.posts.share"),
    # Messages
    # Support
    # Search
    # Blog
    Route("GET", "/blog/posts", blog.Posts, "blog.posts.list"),
    Route("GET", "/blog/categories", blog.Posts, "blog.categories"),
    Route("GET", "/blog/featured", blog.Posts, "blog.featured"),
    Route("GET", "/blog/posts/{id}", blog.Posts, "blog.posts.retrieve"),
    Route("POST", "/blog/posts/{id}/like", blog.Posts, "blog.posts.like"),
    Route("DELETE", "/blog/posts/{id}/like", blog.Posts, "blog.posts.unlike"),
    Route("POST", "/blog/posts/{id}/comments", blog.Comments, "blog.posts.comments.create"),
    Route("GET", "/blog/posts/{id}/comments", blog.Comments, "blog.posts.comments.list"),
    Route("POST", "/blog/posts/{id}/share", blog.Posts, "blog.posts.share"),
    # Help and documentation
    Route("GET", "/help/faqs", help.Help, "help.faqs"),
    Route("GET", "/help/categories", help.Help, "help.categories"),
    Route("GET", "/docs/sections", help.Docs, "docs.sections"),
    Route("GET", "/docs/{section}", help.Docs, "docs.section"),
    # Courses, tutorials, testimonials
    Route("GET", "/testimonials", courses.Testimonials, "testimonials.list"),
    Route("POST", "/testimonials", courses.Testimonials, "testimonials.create"),
    Route("GET", "/testimonials/{id}", courses.Testimonials, "testimonials.retrieve"),
    Route("PUT", "/testimonials/{id}", courses.Testimonials, "testimonials.update"),
    Route("DELETE", "/testimonials/{id}", courses.Testimonials, "testimonials.delete"),
    Route("GET", "/courses", courses.Courses, "courses.list"),
    Route("POST", "/courses", courses.Courses, "courses.create"),
    Route("GET", "/courses/{id}", courses.Courses, "courses.retrieve"),
    Route("PUT", "/courses/{id}", courses.Courses, "courses.update"),
    Route("DELETE", "/courses/{id}", courses.Courses, "courses.delete"),
    Route("GET", "/tutorials", courses.Tutorials, "tutorials.list"),
    Route("POST", "/tutorials", courses.Tutorials, "tutorials.create"),
    Route("GET", "/tutorials/{id}", courses.Tutorials, "tutorials.retrieve"),
    Route("PUT", "/tutorials/{id}", courses.Tutorials, "tutorials.update"),
    Route("DELETE", "/tutorials/{id}", courses.Tutorials, "tutorials.delete"),
    # Registration and sign-in
    Route("POST", "/auth/register", accounts.SignIn, "auth.register"),
    Route("POST", "/auth/login", accounts.SignIn, "auth.login"),
    Route("POST", "/auth/logout", accounts.Auth, "auth.logout"),
    Route("POST", "/auth/refresh", accounts.SignIn, "auth.refresh"),
    Route("POST", "/auth/verify-email", accounts.SignIn, "auth.verify_email"),
    Route("POST", "/auth/forgot-password", accounts.SignIn, "auth.forgot_password"),
    Route("POST", "/auth/reset-password", accounts.SignIn, "auth.reset_password"),
    Route("GET", "/auth/oauth", social.Providers, "auth.oauth.providers"),
    Route("GET", "/auth/oauth/{provider}/start", social.Providers, "auth.oauth.start"),
    Route("POST", "/auth/oauth/google", social.SocialLogin, "auth.oauth.google"),
    Route("POST", "/auth/oauth/github", social.SocialLogin, "auth.oauth.github"),
    Route("POST", "/auth/oauth/discord", social.SocialLogin, "auth.oauth.discord"),
    # People
    Route("GET", "/users/{username}", people.People, "users.retrieve"),
    Route("POST", "/users/{username}/follow", people.People, "users.follow"),
    Route("DELETE", "/users/{username}/follow", people.People, "users.unfollow"),
    Route("GET", "/users/{username}/followers", people.Follows, "users.followers"),
    Route("GET", "/users/{username}/following", people.Follows, "users.following"),
    Route("GET", "/dashboard/followers", people.Dashboard, "dashboard.followers"),
    Route("GET", "/users/me", people.Me, "users.me"),
    Route("PUT", "/users/me", people.Me, "users.me.update"),
    Route("PUT", "/users/me/password", people.Me, "users.me.password"),
    Route("POST", "/users/me/avatar", people.Me, "users.me.avatar"),
    Route("GET", "/users/me/social-accounts", social.Linked, "users.me.social.list"),
    Route("POST", "/users/me/social-accounts", social.Linked, "users.me.social.link"),
    Route("GET", "/users/me/social-accounts/{provider}/start", social.Linked, "users.me.social.start"),
    Route("DELETE", "/users/me/social-accounts/{provider}", social.Linked, "users.me.social.unlink"),
    # Notifications
    Route("GET", "/notifications", notifications.Notifications, "notifications.list"),
    Route("PUT", "/notifications/read-all", notifications.Notifications, "notifications.read_all"),
    Route("PUT", "/notifications/{id}/read", notifications.Notifications, "notifications.read"),
    Route("DELETE", "/notifications/{id}", notifications.Notifications, "notifications.delete"),
    Route("GET", "/dashboard/notifications", notifications.Dashboard, "dashboard.notifications"),
    # Administration: models
    # Administration: people
    Route("GET", "/admin/users", admin_people.Users, "admin.users.list"),
    Route("PUT", "/admin/users/{id}", admin_people.Users, "admin.users.update"),
    Route("POST", "/admin/users/{id}/verify", admin_people.Users, "admin.users.verify"),
    Route("POST", "/admin/users/{id}/ban", admin_people.Users, "admin.users.ban"),
    # Administration: money and coupons
    Route("GET", "/admin/coupons", coupons.Coupons, "admin.coupons.list"),
    Route("POST", "/admin/coupons", coupons.Coupons, "admin.coupons.create"),
    Route("GET", "/admin/coupons/{id}", coupons.OneCoupon, "admin.coupons.retrieve"),
    Route("PUT", "/admin/coupons/{id}", coupons.OneCoupon, "admin.coupons.update"),
    Route("DELETE", "/admin/coupons/{id}", coupons.OneCoupon, "admin.coupons.delete"),
    # Administration: communities and tickets
    Route("GET", "/admin/communities", communities.AdminCommunities, "admin.communities.list"),
    Route("PUT", "/admin/communities/{id}/approve", communities.AdminCommunities, "admin.communities.approve"),
    # Administration: pages, figures and campaigns
]
