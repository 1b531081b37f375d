"""The page of what city and districts work under (平急), and of scenes that are sent to walls."""
