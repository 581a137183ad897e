"""Files in and out: reading texts, finding them in folders, writing whole files or none."""
