"""Tools that know no word of the expo: every room stands on them."""
