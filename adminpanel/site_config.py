"""Apart from the site, which needs models that are there only later."""

from django.contrib.admin.apps import AdminConfig


class Config(AdminConfig):
    default_site = "adminpanel.site.Site"
