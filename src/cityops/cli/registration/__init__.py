"""What the imports of devices and of video channels share: their options, and the file that is read."""
