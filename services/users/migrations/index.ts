/** All migrations of the accounts, oldest first. A released one is never edited: a later one changes what it made. */
import { type Migration } from "../../../mixins/sql";
import accounts from "./001-accounts";
import groupInvites from "./002-group-invites";
import externalIds from "./003-external-ids";
import customData from "./004-custom-data";
import chatNews from "./005-chat-news";
import invitations from "./006-invitations";
import identities from "./007-identities";
import audit from "./008-audit";
import guests from "./009-guests";
import moderation from "./010-moderation";
import facts from "./011-facts";
import erasures from "./012-erasures";
import forgetting from "./013-forgetting";

export const migrations: readonly Migration[] = [
  accounts,
  groupInvites,
  externalIds,
  customData,
  chatNews,
  invitations,
  identities,
  audit,
  guests,
  moderation,
  facts,
  erasures,
  forgetting,
];
