"""What may be done: each act checked by its meaning, done in one transaction, told to others, and audited."""
