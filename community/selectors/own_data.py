"""What people wrote and were written to. Who reported or blocked them is others' to know."""

from typing import Final

from django.db.models import Q

from community.models import (
    AbuseReport,
    Block,
    BlogComment,
    BlogLike,
    BlogPost,
    CampaignRecipient,
    ChatMessage,
    ChatSession,
    Community,
    CommunityMember,
    CommunityPost,
    Course,
    Message,
    PostComment,
    PostReaction,
    SupportTicket,
    TicketMessage,
)
from config.core.own_data import Given, GivenFiles, OwnData

MESSAGE: Final = "id conversation job content attachment_name read_at edited_at created_at"

OWN_DATA: Final = OwnData(
    given=(
        Given("messages_sent", Message, "sender", f"{MESSAGE} to=receiver__username", where=Q(hidden_for_sender=False)),
        Given(
            "messages_received",
            Message,
            "receiver",
            f"{MESSAGE} from=sender__username",
            where=Q(hidden_for_receiver=False),
        ),
        Given("blocks", Block, "blocker", "blocked=blocked__username created_at"),
        Given(
            "tickets",
            SupportTicket,
            "user",
            "id number purchase issue_type subject description priority status created_at resolved_at",
        ),
        Given("ticket_messages", TicketMessage, "ticket__user", "ticket by_staff content created_at"),
        Given("chats", ChatSession, "user", "uuid model created_at updated_at"),
        Given(
            "chat_messages", ChatMessage, "session__user", "chat=session__uuid author content answered_by created_at"
        ),
        Given(
            "communities",
            Community,
            "creator",
            "id name description category icon status is_private require_approval rules member_count post_count"
            " created_at",
        ),
        Given("memberships", CommunityMember, "user", "community name=community__name role status joined_at"),
        Given(
            "community_posts",
            CommunityPost,
            "author",
            "id community content image_url model_url likes loves wows fires comment_count share_count is_deleted"
            " created_at",
        ),
        Given("community_comments", PostComment, "author", "id post content parent likes is_deleted created_at"),
        Given("community_reactions", PostReaction, "user", "post reaction_type created_at"),
        Given(
            "blog_posts",
            BlogPost,
            "author",
            "id title excerpt content category tags status published_at views_count likes_count created_at",
        ),
        Given("blog_comments", BlogComment, "author", "id post content parent likes_count removed_at created_at"),
        Given("blog_likes", BlogLike, "user", "post created_at"),
        Given(
            "courses",
            Course,
            "instructor",
            "id title description video_url duration difficulty is_free price currency views_count created_at",
        ),
        Given("reports", AbuseReport, "reporter", "kind target_id reason details status created_at decided_at"),
        Given(
            "campaigns_received",
            CampaignRecipient,
            "user",
            "subject=campaign__subject opened_at clicked_at bounced_at created_at",
        ),
    ),
    files=(
        GivenFiles("messages", Message, "sender", "attachment", "private", called="attachment_name"),
        GivenFiles("blog", BlogPost, "author", "featured_image", "default"),
    ),
    left_out={
        "Conversation.first": "its messages are in messages_sent and messages_received",
        "Conversation.second": "its messages are in messages_sent and messages_received",
        "Block.blocked": "whom others block is theirs to know",
        "SupportTicket.assigned_to": "tickets are their person's, not staff's",
        "TicketChange.actor": "the history of a ticket",
        "TicketMessage.sender": "tickets are their person's: see ticket_messages",
        "CommunityChange.actor": "the history of a community",
        "AbuseReport.author": "what others reported is theirs to know",
        "AbuseReport.decided_by": "decisions of staff about others",
    },
)
