"""The city that shows everything: the verb, and who may come into it."""
