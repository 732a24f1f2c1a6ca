"""Many inputs: a run for each, one after the other or side by side in other processes and on other machines."""
