"""What is weak in a deployment: the verb, and where it looks."""
