"""What a data liaison fills in (在线填报): forms, when they are due, what makes a cell sound, how a sheet gets on."""
