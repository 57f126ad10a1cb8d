"""The API documents as front-end developers use them: linted, made into TypeScript, and called with it."""
