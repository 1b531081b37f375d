"""The data page: what is chosen, what the API answers, what is shown of it."""
