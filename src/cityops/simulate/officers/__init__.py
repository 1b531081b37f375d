"""Officers of the simulated city: what they do with cases, and when, through the API alone."""
