"""The assistant: what it knows (`facts`, `estimates`), how it understands (`language`, `questions`, `articles`), how it
answers without a language model (`offline`, `wording`) and with one (`llm`, `tools`). docs/reference/assistant.md."""
