"""The page of video channels: how many are online, plans, and what is opened on demand."""
