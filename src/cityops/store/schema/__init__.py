"""What the database is made of: its tables' migrations, who may do what in it, what it begins with."""
