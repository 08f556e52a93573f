"""The demonstration: three editions of real size with made-up people, so that every page has something to show.

Deterministic; organisations are named 演示…, phones are 1990000xxxx, and every made-up record is marked synthetic.
About a hundred titles are real: published facts, each with its source.
"""
