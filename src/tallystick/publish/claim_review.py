"""A verdict as ClaimReview (schema.org), for claims that were quoted with speaker, date and link; for no others.

A verdict that cannot be settled carries no number: a middle rating would say that the claim is half right.
"""

from __future__ import annotations

from typing import Any

from tallystick.claims.verdict import ClaimVerdict
from tallystick.publish import words as say
from tallystick.publish.view import headline_sentences
from tallystick.terms.errors import cannot

RATINGS = {"does_not_support": 1, "depends": 3, "supports": 5}


def claim_review(verdict: ClaimVerdict, page: str) -> dict[str, Any]:
    """The JSON-LD of one verdict.

    Args:
        verdict: the claim on its main date.
        page: where the verdict is published.

    Raises:
        TallystickError: TS106 for a paraphrase, or where speaker, date, link or a first-hand attribution is missing.
    """
    claim = verdict.claim
    lacks = [
        name
        for name, is_there in (
            ("a quotation", claim.quoted),
            ("the date it was said", bool(claim.said_on)),
            ("a link to the source", claim.source.url.startswith("https://")),
            ("an attribution that was checked", claim.attribution == "checked"),
        )
        if not is_there
    ]
    if lacks:
        raise cannot(
            "TS106",
            f"'{claim.id}' cannot be published as ClaimReview: it lacks {', '.join(lacks)}.",
            why="A review names who said what, where and when; a paraphrase would put words into somebody's mouth.",
            fix="Publish the page of the claim instead, or add what is missing to its definition.",
        )
    rating: dict[str, Any] = {"@type": "Rating", "alternateName": say.verdict_words(verdict)}
    if verdict.state == "tested" and verdict.verdict in RATINGS:
        rating |= {"ratingValue": RATINGS[verdict.verdict], "bestRating": 5, "worstRating": 1}
    return {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": page,
        "claimReviewed": claim.text,
        "author": {"@type": "Organization", "name": "tallystick"},
        "itemReviewed": {
            "@type": "Claim",
            "author": {"@type": "Organization", "name": claim.speaker},
            "datePublished": claim.said_on,
            "appearance": {"@type": "CreativeWork", "url": claim.source.url, "headline": claim.source.title},
        },
        "reviewRating": rating,
        "reviewBody": " ".join(headline_sentences(verdict)),
    }
