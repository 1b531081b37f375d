"""The page of the platform itself: who is connected, what is kept, who answers for it."""
