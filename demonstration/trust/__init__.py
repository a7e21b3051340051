"""The demonstration: two trusts, seven schools and their people, all invented and named so that nobody is misled."""
