"""What one machine holds, and by arithmetic what more do."""
