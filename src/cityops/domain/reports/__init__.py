"""Reports (日报, 周报, 专报): what a file may declare of one, its numbers, its sentences, and how it is laid out."""
