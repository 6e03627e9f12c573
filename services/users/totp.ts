/** The second factor: time-based codes (RFC 6238) and recovery codes. */
import { Secret, TOTP } from "otpauth";
import { QueryTypes, type Transaction } from "sequelize";
import { fail } from "../../contracts/errors";
import { MOST } from "../../contracts/most";
import { codeRefusal, countWrongCode, forgiveCodes } from "./attempts";
import { type UsersContext } from "./context";
import { type UserRow } from "./models";
import { digest } from "./sessions";

const PERIOD = 30;

const totp = (secret: string, label = ""): TOTP =>
  new TOTP({ issuer: "Chat", label, secret: Secret.fromBase32(secret), period: PERIOD });

export const newSecret = (): string => new Secret({ size: 20 }).base32;
export const uriOf = (secret: string, email: string): string => totp(secret, email).toString();

/** The time step that the code belongs to, one to either side of now; a step counts once, so that no code works twice. */
export function stepOf(secret: string, code: string, lastStep: number | null, now = Date.now()): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined; // the library throws at other characters
  const delta = totp(secret).validate({ token: code, timestamp: now, window: 1 });
  if (delta === null) return undefined;
  const step = Math.floor(now / 1000 / PERIOD) + delta;
  return lastStep !== null && step <= lastStep ? undefined : step;
}

/** As people type and paste it: in groups, and with the wide digits of some keyboards. */
export const plain = (code: string): string => code.normalize("NFKC").toLowerCase().replace(/[\s-]/g, "");

/** Replaces all earlier ones; shown this once, kept as digests. */
export async function newRecoveryCodes(context: UsersContext, tx: Transaction, userId: number): Promise<string[]> {
  const codes = Array.from({ length: MOST.recoveryCodes }, () => {
    const code = new Secret({ size: 10 }).base32.toLowerCase();
    return `${code.slice(0, 8)}-${code.slice(8)}`;
  });
  await dropRecoveryCodes(context, tx, userId);
  for (const code of codes)
    await context.db.sequelize.query("INSERT INTO recovery_codes (user_id, digest) VALUES ($1, $2)", {
      bind: [userId, digest(plain(code))],
      transaction: tx,
    });
  return codes;
}

export async function dropRecoveryCodes(context: UsersContext, tx: Transaction, userId: number): Promise<void> {
  await context.db.sequelize.query("DELETE FROM recovery_codes WHERE user_id = $1", {
    bind: [userId],
    transaction: tx,
  });
}

/** True where the code is right; it is used up by this. */
async function takeCode(context: UsersContext, tx: Transaction, user: UserRow, code: string): Promise<boolean> {
  const { user_id, totp_secret } = user;
  const step = totp_secret ? stepOf(context.seal.open(totp_secret), plain(code), user.totp_last_step) : undefined;
  if (step !== undefined) {
    await context.User.update({ totp_last_step: step }, { where: { user_id }, transaction: tx });
    return true;
  }
  const used = await context.db.sequelize.query(
    "DELETE FROM recovery_codes WHERE user_id = $1 AND digest = $2 RETURNING user_id",
    { bind: [user_id, digest(plain(code))], type: QueryTypes.SELECT, transaction: tx },
  );
  return used.length > 0;
}

/** Why the code is not taken; an answer and not thrown, so that the guess is counted all the same. */
export async function refuseCode(
  context: UsersContext,
  tx: Transaction,
  user: UserRow,
  code: string,
): Promise<Error | undefined> {
  const { user_id } = user;
  const tooEarly = await codeRefusal(context, tx, user_id);
  if (tooEarly) return tooEarly;
  if (await takeCode(context, tx, user, code)) return void (await forgiveCodes(context, tx, user_id));
  await countWrongCode(context, tx, user_id);
  return fail("FORBIDDEN", "The code is wrong.");
}
