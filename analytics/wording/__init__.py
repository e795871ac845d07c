"""What is said to people, in Chinese and English.

In: a word's key. Out: the word in a language.
"""

__all__ = ["words"]
