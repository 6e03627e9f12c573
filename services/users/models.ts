/** The tables of the accounts as Sequelize models, one set per database. */
import { DataTypes, type Model, type ModelStatic, type Sequelize } from "sequelize";

export type Status = "active" | "deactivated" | "banned" | "deleted";

export interface UserRow {
  user_id: number;
  username: string;
  /** The name as it is searched and sorted: folded, without accents. */
  name_key: string;
  email: string | null;
  /** The e-mail as it is compared. */
  email_key: string | null;
  email_verified_at: Date | null;
  password_hash: string | null;
  avatar_url: string | null;
  status: Status;
  /** Of a bot: whose it is. */
  owner_id: number | null;
  /** Who may add them to groups at once. */
  group_invites: "everyone" | "acquaintances";
  /** Its key in the system that it comes from. */
  external_id: string | null;
  /** The product's own data, as JSON. */
  custom: string | null;
  /** Of a guest: the one conversation, and until when. */
  guest_of: string | null;
  guest_until: Date | null;
  /** Until then they write nothing. */
  muted_until: Date | null;
  /** Of who is banned: when that ends by itself. */
  banned_until: Date | null;
  /** Access tokens from before are void. */
  tokens_void_before: Date | null;
  totp_secret: string | null;
  totp_confirmed_at: Date | null;
  totp_last_step: number | null;
  created_at: Date;
  updated_at: Date;
}
export interface SessionRow {
  token_id: number;
  user_id: number;
  family_id: string;
  access_token: string;
  refresh_token: string;
  generation: number;
  issued_at: Date;
  expired_at: Date;
  user_agent: string;
  ip: string;
  created_at: Date;
  last_used_at: Date;
  revoked_at: Date | null;
}
export interface BlockRow {
  user_id: number;
  blocked_id: number;
  created_at: Date;
}
export interface ApiTokenRow {
  token_id: string;
  user_id: number;
  name: string;
  digest: string;
  scopes: string;
  created_at: Date;
  last_used_at: Date | null;
  expires_at: Date | null;
  revoked_at: Date | null;
}

type Table<Row extends object> = ModelStatic<Model<Row, Partial<Row>>>;
export interface Models {
  readonly User: Table<UserRow>;
  readonly Session: Table<SessionRow>;
  readonly Block: Table<BlockRow>;
  readonly ApiToken: Table<ApiTokenRow>;
}

const text = DataTypes.STRING;
const time = DataTypes.DATE;
const int = DataTypes.INTEGER;
// Made anew for each column: Sequelize writes the column's name into what it is given.
const serial = () => ({ type: int, primaryKey: true, autoIncrement: true });
const intKey = () => ({ type: int, primaryKey: true });
const options = { timestamps: false, freezeTableName: true };

export function defineModels(sequelize: Sequelize): Models {
  return {
    User: sequelize.define<Model<UserRow, Partial<UserRow>>>(
      "users",
      {
        user_id: serial(),
        username: text,
        name_key: text,
        email: text,
        email_key: text,
        email_verified_at: time,
        password_hash: text,
        avatar_url: text,
        status: text,
        owner_id: int,
        group_invites: text,
        external_id: text,
        guest_of: text,
        guest_until: time,
        muted_until: time,
        banned_until: time,
        custom: DataTypes.TEXT,
        tokens_void_before: time,
        totp_secret: text,
        totp_confirmed_at: time,
        totp_last_step: int,
        created_at: time,
        updated_at: time,
      },
      options,
    ),
    Session: sequelize.define<Model<SessionRow, Partial<SessionRow>>>(
      "tokens",
      {
        token_id: serial(),
        user_id: int,
        family_id: text,
        access_token: text,
        refresh_token: text,
        generation: int,
        issued_at: time,
        expired_at: time,
        user_agent: text,
        ip: text,
        created_at: time,
        last_used_at: time,
        revoked_at: time,
      },
      options,
    ),
    Block: sequelize.define<Model<BlockRow, Partial<BlockRow>>>(
      "user_block",
      { user_id: intKey(), blocked_id: intKey(), created_at: time },
      options,
    ),
    ApiToken: sequelize.define<Model<ApiTokenRow, Partial<ApiTokenRow>>>(
      "api_tokens",
      {
        token_id: { type: text, primaryKey: true },
        user_id: int,
        name: text,
        digest: text,
        scopes: text,
        created_at: time,
        last_used_at: time,
        expires_at: time,
        revoked_at: time,
      },
      options,
    ),
  };
}
