/** The words of a mail of what is unread, in one language. */
import { type Told } from "../../../../contracts/told";

export interface MailTexts {
  /** As BCP 47 has it, for times. */
  readonly locale: string;
  readonly subject: {
    readonly from: (name: string) => string;
    readonly in: (group: string) => string;
    readonly many: (unread: number) => string;
  };
  readonly hello: (name: string) => string;
  readonly unread: (count: number) => string;
  readonly aGroup: string;
  readonly somebody: string;
  readonly more: (count: number) => string;
  readonly moreElsewhere: (count: number) => string;
  readonly invited: (by: string | undefined, group: string) => string;
  /** What the system itself tells. */
  readonly told: Readonly<Record<Told, string>>;
  readonly open: string;
  readonly why: string;
  readonly settings: string;
  readonly end: string;
  /** Of links, where their addresses are not to be seen. */
  readonly labels: { readonly open: string; readonly settings: string; readonly end: string };
}
