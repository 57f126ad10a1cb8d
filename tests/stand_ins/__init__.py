"""Small local servers that behave like other companies, so that nothing of ours has to be mocked."""
