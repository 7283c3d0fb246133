"""Deals: accounts and opportunities with their stage history, kept by hand or brought from the CRM as CSV."""
