"""scim-conformance plays Microsoft Entra ID against a SCIM 2.0 endpoint and judges every answer."""

__version__ = "0.2.0.dev0"
