"""The verb ``cycle``: a company is provisioned in cycles."""
