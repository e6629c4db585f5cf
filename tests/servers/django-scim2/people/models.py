"""Django's own user, and a group, with the mixins of django-scim2."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Group(AbstractSCIMGroupMixin):
    """A group; its name is unique, as that of Django's own group is."""

    name = models.CharField(max_length=254, unique=True)


class User(AbstractSCIMUserMixin, AbstractUser):
    """A user; as the mixin does not know groups, they are named as its adapters want them."""

    scim_groups = models.ManyToManyField(Group, related_name="user_set")
    groups = None
    user_permissions = None
