"""People and groups from an identity provider, by SCIM 2.0 (docs/operate/scim.md)."""
