"""What people write to each other and to us: messages, support tickets, help, and chats with the assistant."""

from community.models.chats import ChatMessage, ChatSession
from community.models.messages import Block, Conversation, Message
from community.models.support import HelpArticle, SupportTicket, TicketChange, TicketMessage

__all__ = [
    "Block",
    "ChatMessage",
    "ChatSession",
    "Conversation",
    "HelpArticle",
    "Message",
    "SupportTicket",
    "TicketChange",
    "TicketMessage",
]
