"""Builds the demo library's true office files from the sources in content_store/seed; called by app/ops/seed.py."""

from app.ops.seed_files.build import build_seed
from app.ops.seed_files.description import Seed, SeedItem, SeedQuestion, SeedSynonyms, SeedVersion

__all__ = ["Seed", "SeedItem", "SeedQuestion", "SeedSynonyms", "SeedVersion", "build_seed"]
