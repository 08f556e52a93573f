"""Add chips, documents of sessions, targets, and pairs that are no doubles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from expo.kit.db import UtcDateTime

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('simulcast_target',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('channel_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('server', sa.String(length=300), nullable=False),
    sa.Column('sealed_key', sa.String(length=1000), nullable=False),
    sa.Column('is_on', sa.Boolean(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('state', sa.Enum('off', 'waiting', 'sending', 'failed', name='targetstate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('fault', sa.Enum('unknown', 'unreachable', 'refused', 'lost', 'inner', 'key', name='targetfault', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=True),
    sa.CheckConstraint("(state = 'failed') = (fault IS NOT NULL)", name=op.f('ck_simulcast_target_fault')),
    sa.CheckConstraint("is_on OR state = 'off'", name=op.f('ck_simulcast_target_off')),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], name=op.f('fk_simulcast_target_channel_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_simulcast_target'))
    )
    op.create_index('ix_simulcast_target_channel_id', 'simulcast_target', ['channel_id'])

    op.create_table('registrations_apart',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('edition_id', sa.Integer(), nullable=False),
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('second_id', sa.Integer(), nullable=False),
    sa.Column('said_at', UtcDateTime(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('first_id < second_id', name=op.f('ck_registrations_apart_order')),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_registrations_apart_by_id')),
    sa.ForeignKeyConstraint(['edition_id'], ['edition.id'], name=op.f('fk_registrations_apart_edition_id')),
    sa.ForeignKeyConstraint(['first_id'], ['registration.id'], name=op.f('fk_registrations_apart_first_id')),
    sa.ForeignKeyConstraint(['second_id'], ['registration.id'], name=op.f('fk_registrations_apart_second_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_registrations_apart')),
    sa.UniqueConstraint('first_id', 'second_id', name=op.f('uq_registrations_apart_first_id_second_id'))
    )
    op.create_index('ix_registrations_apart_edition_id', 'registrations_apart', ['edition_id'])

    op.create_table('session_document',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.Column('added_by_id', sa.Integer(), nullable=True),
    sa.Column('released_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['added_by_id'], ['person.id'], name=op.f('fk_session_document_added_by_id')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_session_document_file_id')),
    sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_session_document_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session_document')),
    sa.UniqueConstraint('session_id', 'file_id', name=op.f('uq_session_document_session_id_file_id'))
    )
    op.create_table('chip',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('edition_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('badge_id', sa.Integer(), nullable=False),
    sa.Column('device_id', sa.Integer(), nullable=True),
    sa.Column('tied_at', UtcDateTime(), nullable=False),
    sa.CheckConstraint('length(number) >= 6', name=op.f('ck_chip_number')),
    sa.ForeignKeyConstraint(['badge_id'], ['badge.id'], name=op.f('fk_chip_badge_id')),
    sa.ForeignKeyConstraint(['device_id'], ['device.id'], name=op.f('fk_chip_device_id')),
    sa.ForeignKeyConstraint(['edition_id'], ['edition.id'], name=op.f('fk_chip_edition_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chip')),
    sa.UniqueConstraint('edition_id', 'number', name=op.f('uq_chip_edition_id_number'))
    )
    op.create_index('ix_chip_badge_id', 'chip', ['badge_id'])

    op.create_index('ix_registration_edition_delegation', 'registration', ['edition_id', 'status', 'delegation_id', 'organisation_name', 'id'])


def downgrade() -> None:
    op.drop_index('ix_registration_edition_delegation', 'registration')
    op.drop_index('ix_chip_badge_id', 'chip')
    op.drop_table('chip')
    op.drop_table('session_document')
    op.drop_index('ix_registrations_apart_edition_id', 'registrations_apart')
    op.drop_table('registrations_apart')
    op.drop_index('ix_simulcast_target_channel_id', 'simulcast_target')
    op.drop_table('simulcast_target')
