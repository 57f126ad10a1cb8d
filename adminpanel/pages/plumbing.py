"""Lists that nobody works with: parts, histories and tokens, which stand on the pages of what they belong to, and what
the platform keeps for itself. They are in no menu; superusers reach all of them by one page."""

from typing import Final

PLUMBING: Final = frozenset(
    f"{app}.{name}"
    for app, names in {
        "accounts": (
            "AuthenticatorDevice BackupCode BackupDevice EndedAccessToken Follow KeptAccessToken MailAllowance "
            "MailRefusal PasswordLink PasswordRequest PendingSignIn RefreshToken SignInFailure SignInGuard "
            "SignInPlace WebhookTarget"
        ),
        "adminpanel": "SavedFilter SliderModel",
        "commerce": (
            "CampaignUse CartCoupon CartItem ChargebackChange CouponUse DownloadEvent GatewayEvent HelpfulVote "
            "InvoiceReversal LedgerProof ListingDay OrderChange PaymentChange PayoutChange PlanPrice "
            "SandboxIntent SandboxInvoice SandboxRefund SandboxSubscription ShareMovement ShareReversal "
            "SubscriptionChange"
        ),
        "community": "BlogLike BlogShare CampaignRecipient CommunityChange PageView TicketChange",
        "core": "DiscardedFile IdempotentCall NumberSeries",
        "jobs": "BountyChange ContractChange JobChange",
        "knox": "AuthToken",
        "marketplace": (
            "CollectionFollower CollectionItem ComparedPicture Like ModelVersion PartedUpload ShapeDescription "
            "StatusChange UploadPart UploadUse View"
        ),
        "printshop": (
            "EtsyEvent EtsySignIn PrintChange PrintFilament PrinterBridge PrinterCommand PrinterReading "
            "PrinterSlot RunFilament SpoolChange SyncRun"
        ),
    }.items()
    for name in names.split()
)
