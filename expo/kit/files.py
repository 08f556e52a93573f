"""Uploaded and produced files: judged by content, stored once, served by the edge."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from expo.kit import clock
from expo.kit.db import Model


class StoredFile(Model):
    """One file: where it lies, what it is, who brought it. Public ones may be fetched by anybody who knows the address."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(120), index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(80))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    purpose: Mapped[str] = mapped_column(sa.String(40))
    is_public: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
