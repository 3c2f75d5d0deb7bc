"""What is known of widely held funds: facts in TOML, and what they fill in where a household leaves it out."""
