"""What all deployables of cityops mean by the words: wire formats, domain, store, API, client and simulator."""
