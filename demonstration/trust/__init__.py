"""Describe the demonstration's two trusts, seven schools and their people, with clearly invented names."""
