"""Who people are, what they belong to, what they may do, how they sign in. Not: what they do in the expo."""
