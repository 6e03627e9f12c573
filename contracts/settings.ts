/** The variables of the environment as admins see them: what is set to what, and no secret. Pure. */
import { LONGEST } from "./most";
import { bool, type Infer, named, nullable, object, text } from "./schema";

export const Setting = named(
  "Setting",
  object({
    name: text({ max: 64 }),
    about: text({ max: 500 }),
    default: text({ max: LONGEST.setting, about: "empty where there is none" }),
    set: bool({ about: "that it is not left to its default" }),
    value: nullable(text({ max: LONGEST.setting, about: "as it is set, cut; null where it is not, and of secrets" })),
    secret: bool({ about: "nobody is shown its value" }),
  }),
);
export type Setting = Infer<typeof Setting>;

interface Described {
  readonly about: string;
  readonly shown: string;
  readonly told?: "host" | "nothing";
}

/** A replica set names several hosts, which URL does not know; the first one tells the rest of it. */
export const oneHost = (raw: string): string => raw.replace(/,[^/]*/, "");

/** Of an address, which may hold a password, the protocol and the first host; what is none as it is. */
function hostIn(raw: string): string {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(raw)) return raw;
  if (!URL.canParse(oneHost(raw))) return "…";
  const { protocol, host } = new URL(oneHost(raw));
  return `${protocol}//${host}`;
}

/** @param given those that are set */
export const settingsOf = (
  given: Readonly<Record<string, string | undefined>>,
  variables: Readonly<Record<string, Described>>,
): Setting[] =>
  Object.entries(variables).map(([name, { about, shown, told }]) => {
    const raw = given[name];
    const secret = told === "nothing";
    const set = raw !== undefined;
    const value = !set || secret ? null : (told === "host" ? hostIn(raw) : raw).slice(0, LONGEST.setting);
    return { name, about, default: secret ? "" : shown, set, value, secret };
  });
