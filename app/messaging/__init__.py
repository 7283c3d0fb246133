"""What buyers ask, in their words, and the passage that answers."""
