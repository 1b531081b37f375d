"""Pages of forms that need no script: signing in, one's own account, the administration."""
