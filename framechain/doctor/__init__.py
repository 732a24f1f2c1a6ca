"""`framechain doctor`: what this machine has, what that means for framechain, and what to do about it."""
