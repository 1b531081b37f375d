"""Data resources (信息资源): datasets of the sharing platform, who answers for them, quality and use."""
