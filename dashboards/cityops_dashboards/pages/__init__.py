"""Pages: what stands at which address."""
