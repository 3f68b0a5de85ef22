"""What an attacker or an accident does to the evidence, and what finds it."""
