"""The city's vital signs (城市体征): a tree of weights over indicators, as a file declares it, and its indices."""
