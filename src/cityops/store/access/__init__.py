"""Who may come in, and what they did: accounts, credentials, and the audit."""
