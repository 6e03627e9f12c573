/** Names of variables: which of them nobody reads, and which one was meant. Pure. */
import { variables } from "../../contracts/env";
import { doubtful, type Finding } from "./finding";

type Vars = Readonly<Record<string, string | undefined>>;

const known = new Set(Object.keys(variables));
/** Read by the operators' commands, by Node and by libraries. */
const others = new Set(["CHAT_URL", "CHAT_TOKEN", "ADMIN_EMAIL", "ADMIN_PASSWORD", "TZ", "PATH", "NODE_OPTIONS"]);

/** Names that other programs use, and what is here in their place. */
const foreign: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/^REDIS_/, "there is no Redis here: leave it out (RABBITMQ_URL joins nodes)"],
  [/^(DATABASE_URL|POSTGRES_(URI|HOST|DB|USER|PASSWORD)|PG(HOST|USER|PASSWORD|DATABASE)|DB_\w+)$/, "set POSTGRES_URL"],
  [/^(MONGO_(URL|URI)|MONGODB_URL|MONGODB_HOST)$/, "set MONGODB_URI"],
  [/^(RABBITMQ_(URI|HOST)|AMQP_(URL|URI)|CLOUDAMQP_URL)$/, "set RABBITMQ_URL"],
  [/^(JWT_SECRET|ACCESS_TOKEN_SECRET|JWT_REFRESH_TOKEN_SECRET)$/, "set JWT_ACCESS_SECRET and JWT_REFRESH_SECRET"],
  [/^JWT_(ACCESS_|REFRESH_)?EXPIRES?(_IN)?$/, "set JWT_ACCESS_TTL and JWT_REFRESH_TTL"],
  [/^(CORS_(ORIGINS?|ALLOWED_ORIGINS?)|CORS)$/, "set ALLOWED_ORIGINS, a list of exact origins"],
  [/^(AWS_(S3_)?BUCKET(_NAME)?|S3_BUCKET_NAME)$/, "set S3_BUCKET"],
  [/^(MAIL|SMTP)_(HOST|PORT|USER|PASS(WORD)?)$/, "set SMTP_URL, such as smtps://user:password@mail.example.org"],
  [/^(SERVER_|APP_|HTTP_)PORT$/, "set PORT"],
  [/^(THROTTLE|RATE_LIMIT)_(TTL|LIMIT|MAX)$/, "set RATE_LIMIT and RATE_LIMIT_WINDOW"],
];

/** Letters to change, add, leave out or swap with their neighbour to make one of the other. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)]);
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  (rows[0] as number[]).forEach((_, j, row) => (row[j] = j));
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      (rows[i] as number[])[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same, swapped);
    }
  return at(a.length, b.length);
}

function meant(name: string): string | undefined {
  const near = [...known].map((one) => [one, distance(name, one)] as const).filter(([, far]) => far <= 2);
  // Of short names many are near: one letter has to do.
  return near.sort((a, b) => a[1] - b[1]).find(([one, far]) => far === 1 || one.length >= 8)?.[0];
}

/**
 * @param given all that is set
 * @param file what stands in .env: nothing of it is meant for another program
 */
export function* unknownNames(given: Vars, file: Vars): Generator<Finding> {
  for (const name of Object.keys({ ...given, ...file }).sort()) {
    const ofTenant = /^[A-Z0-9_]+?__([A-Z0-9_]+)$/.exec(name)?.[1];
    if (known.has(ofTenant ?? name) || others.has(name)) continue;
    const instead = foreign.find(([pattern]) => pattern.test(name))?.[1];
    const near = meant(name);
    if (near !== undefined) yield doubtful(`${name} is read by nobody`, `did you mean ${near}?`);
    else if (instead !== undefined) yield doubtful(`${name} is read by nobody`, instead);
    else if (name in file)
      yield doubtful(`${name} is read by nobody`, "leave it out of .env (.env.example has them all)");
  }
}
