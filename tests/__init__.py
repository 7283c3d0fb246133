"""Tests of the portal. A package, so that one which a library brings under the same name is not taken for it."""
