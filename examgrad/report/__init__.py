"""Results as text: pure functions, a file a format."""
