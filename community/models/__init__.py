"""What people write to each other and to us: communities, messages, support tickets, chats with the assistant; and
what all may read: help, documentation, blog, courses, tutorials."""

from community.models.blog import BlogComment, BlogLike, BlogPost, BlogShare
from community.models.campaigns import CampaignRecipient, EmailCampaign
from community.models.chats import ChatMessage, ChatSession
from community.models.communities import (
    Community,
    CommunityChange,
    CommunityMember,
    CommunityPost,
    PostComment,
    PostReaction,
)
from community.models.messages import Block, Conversation, Message
from community.models.pages import Course, DocSection, PageView, Testimonial, Tutorial
from community.models.reports import AbuseReport
from community.models.support import HelpArticle, HelpCategory, SupportTicket, TicketChange, TicketMessage

__all__ = [
    "AbuseReport",
    "Block",
    "BlogComment",
    "BlogLike",
    "BlogPost",
    "BlogShare",
    "CampaignRecipient",
    "ChatMessage",
    "ChatSession",
    "Community",
    "CommunityChange",
    "CommunityMember",
    "CommunityPost",
    "Conversation",
    "Course",
    "DocSection",
    "EmailCampaign",
    "HelpArticle",
    "HelpCategory",
    "Message",
    "PageView",
    "PostComment",
    "PostReaction",
    "SupportTicket",
    "Testimonial",
    "TicketChange",
    "TicketMessage",
    "Tutorial",
]
