"""Writers: papers -> files that other programs read."""
