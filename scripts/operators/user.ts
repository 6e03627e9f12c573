/** `user`: accounts made by hand or from a file, opened and shut, and people invited. */
import { readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import { type Result } from "../../contracts/actions";
import { type User } from "../../contracts/shapes";
import { type Operator } from "./session";

export const userHelp = [
  "user add <email> <name...>  makes an account, and mails a link to set its password",
  "user file <users.csv> [mail]  columns email, username, and if you like external_id, role; safe to repeat",
  "user deactivate|reactivate <email|id>  shuts an account without a ban, opens it again",
  "user invite [email]  an invitation as a link, or mailed",
].join("\n  ");

type Line = Readonly<Record<string, string>>;
type IdOf = (operator: Operator, who: string) => Promise<number>;

/** Asked for as a user would who has forgotten the password. */
const mailLink = (operator: Operator, email: string): Promise<unknown> =>
  operator.ask("POST", "/auth/password/forgot", { email });

async function add(operator: Operator, email: string, username: string): Promise<string> {
  const { user_id } = await operator.ask<User>("POST", "/admin/users", { username, email });
  await mailLink(operator, email);
  return `${email} (${user_id}) has an account; a link to set its password is mailed.`;
}

const only = <T>(found: readonly T[]): T | undefined => found[0];

async function knownBy(operator: Operator, { external_id, email }: Line): Promise<User | undefined> {
  const query = external_id
    ? `external_ids=${encodeURIComponent(external_id)}`
    : `email=${encodeURIComponent(email ?? "")}`;
  return only(await operator.ask<User[]>("GET", `/admin/users?${query}`));
}

/** What the line says otherwise. */
function changeOf({ email = "", username = "" }: Line, user: User): object {
  const another = email !== "" && email.toLowerCase() !== user.email.toLowerCase();
  return { ...(username === user.username ? {} : { username }), ...(another ? { email } : {}) };
}

type Done = "made" | "changed" | "as it was";

async function keepOne(operator: Operator, line: Line, mail: boolean): Promise<Done> {
  const { email = "", username = "", external_id = "", role = "" } = line;
  if (!email && !external_id) throw new Error("there is neither an email nor an external_id");
  const before = await knownBy(operator, line);
  const wanted = { username, ...(email ? { email } : {}), ...(external_id ? { external_id } : {}) };
  const user = before ?? (await operator.ask<User>("POST", "/admin/users", wanted));
  const change = before ? changeOf(line, before) : {};
  const changes = Object.keys(change).length > 0;
  if (changes) await operator.ask("PATCH", `/admin/users/${user.user_id}`, change);
  const lacksRole = role !== "" && !(user.roles as string[]).includes(role);
  if (lacksRole) await operator.ask("POST", `/users/${user.user_id}/roles`, { role });
  if (!before && mail && email) await mailLink(operator, email);
  if (!before) return "made";
  return changes || lacksRole ? "changed" : "as it was";
}

async function fromFile(operator: Operator, path: string, mail: boolean): Promise<string> {
  const lines: Line[] = parse(await readFile(path), { columns: true, trim: true, bom: true, skip_empty_lines: true });
  const counts: Record<Done, number> = { made: 0, changed: 0, "as it was": 0 };
  const problems: string[] = [];
  for (const [i, line] of lines.entries())
    try {
      counts[await keepOne(operator, line, mail)] += 1;
    } catch (error) {
      problems.push(`line ${i + 2}: ${(error as Error).message}`);
    }
  const said = `${counts.made} made, ${counts.changed} changed, ${counts["as it was"]} as they were.`;
  if (problems.length > 0) throw new Error([...problems, `${said} ${problems.length} not taken.`].join("\n"));
  return said;
}

async function shut(operator: Operator, who: string, idOf: IdOf, method: "POST" | "DELETE"): Promise<string> {
  const id = await idOf(operator, who);
  const { status } = await operator.ask<User>(method, `/admin/users/${id}/deactivation`);
  return `${who} (${id}) is ${status}.`;
}

async function invite(operator: Operator, email: string | undefined): Promise<string> {
  const body = email === undefined ? {} : { email };
  const { invitation, link } = await operator.ask<Result<"users.invite">>("POST", "/admin/invitations", body);
  const until = invitation.expires_at.slice(0, 10);
  return link === undefined ? `${email} is mailed a link, good until ${until}.` : `${link}\nOne use, until ${until}.`;
}

/** @throws Error whose message is for the operator */
export function user(operator: Operator, [what = "", ...args]: readonly string[], idOf: IdOf): Promise<string> {
  const [first, ...rest] = args;
  if (what === "invite" && rest.length === 0) return invite(operator, first);
  if (what === "add" && first !== undefined && rest.length > 0) return add(operator, first, rest.join(" "));
  if (what === "file" && first !== undefined && (rest.length === 0 || rest.join() === "mail"))
    return fromFile(operator, first, rest.length > 0);
  if (what === "deactivate" && first !== undefined) return shut(operator, first, idOf, "POST");
  if (what === "reactivate" && first !== undefined) return shut(operator, first, idOf, "DELETE");
  throw new Error(`Usage: ${userHelp}`);
}
