/** Invitations: a random code, kept as a digest, good for some accounts and some days. In the caller's transaction. */
import { randomBytes } from "node:crypto";
import { QueryTypes, type Transaction } from "sequelize";
import { type Role } from "../../contracts/caller";
import { fail } from "../../contracts/errors";
import { type Invitation } from "../../contracts/invitations";
import { MOST } from "../../contracts/most";
import { type UsersContext } from "./context";
import { emailKey } from "./profiles";
import { digest } from "./sessions";

interface Row {
  invitation_id: string;
  email: string | null;
  role: Role;
  uses: number;
  used: number;
  created_by: number;
  created_at: Date;
  expires_at: Date;
}
const shown = ({ invitation_id, created_at, expires_at, ...row }: Row): Invitation => ({
  id: invitation_id,
  email: row.email,
  role: row.role,
  uses: row.uses,
  used: row.used,
  created_by: row.created_by,
  created_at: created_at.toISOString(),
  expires_at: expires_at.toISOString(),
});

export interface Wanted {
  readonly email: string | undefined;
  readonly uses: number;
  readonly days: number;
  readonly role: Role;
  readonly by: number;
}

/** @throws CONFLICT where there are too many */
export async function makeInvitation(context: UsersContext, tx: Transaction, wanted: Wanted) {
  const { email = null, uses, days, role, by } = wanted;
  if ((await invitations(context, tx)).length >= MOST.invitations)
    throw fail("CONFLICT", `No more than ${MOST.invitations} invitations.`);
  const code = randomBytes(24).toString("base64url");
  const [row] = await context.db.sequelize.query<Row>(
    `INSERT INTO invitations (invitation_id, digest, email, email_key, role, uses, created_by, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 day') RETURNING *`,
    {
      bind: [
        randomBytes(12).toString("hex"),
        digest(code),
        email,
        email === null ? null : emailKey(email),
        role,
        email === null ? uses : 1,
        by,
        days,
      ],
      type: QueryTypes.SELECT,
      transaction: tx,
    },
  );
  if (!row) throw new Error("the invitation was not stored");
  return { invitation: shown(row), code };
}

/** Those that may still be used. */
export async function invitations(context: UsersContext, tx: Transaction): Promise<Invitation[]> {
  const rows = await context.db.sequelize.query<Row>(
    "SELECT * FROM invitations WHERE expires_at > now() AND used < uses ORDER BY created_at DESC, invitation_id",
    { type: QueryTypes.SELECT, transaction: tx },
  );
  return rows.map(shown);
}

export async function dropInvitation(context: UsersContext, tx: Transaction, id: string): Promise<boolean> {
  const rows = await context.db.sequelize.query(
    "DELETE FROM invitations WHERE invitation_id = $1 RETURNING invitation_id",
    { bind: [id], type: QueryTypes.SELECT, transaction: tx },
  );
  return rows.length > 0;
}

const GOOD = "digest = $1 AND expires_at > now() AND used < uses AND (email_key IS NULL OR email_key = $2)";

const over = (): Error =>
  fail("FORBIDDEN", "This invitation was used, revoked, has run out, or is for another address.", {
    required: "invite",
  });

/** Before a password is worth hashing; nothing is used up. @throws FORBIDDEN */
export async function lookAtInvitation(context: UsersContext, tx: Transaction, code: string, email: string) {
  const rows = await context.db.sequelize.query(`SELECT 1 FROM invitations WHERE ${GOOD}`, {
    bind: [digest(code), emailKey(email)],
    type: QueryTypes.SELECT,
    transaction: tx,
  });
  if (rows.length === 0) throw over();
}

/** One use less, in the transaction that makes the account. @throws FORBIDDEN */
export async function useInvitation(
  context: UsersContext,
  tx: Transaction,
  code: string,
  email: string,
): Promise<{ role: Role; mailed: boolean }> {
  const [row] = await context.db.sequelize.query<Row>(
    `UPDATE invitations SET used = used + 1 WHERE ${GOOD} RETURNING *`,
    { bind: [digest(code), emailKey(email)], type: QueryTypes.SELECT, transaction: tx },
  );
  if (!row) throw over();
  return { role: row.role, mailed: row.email !== null };
}
