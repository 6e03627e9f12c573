/** What a mail of what is unread says, before it has a form. */
import { type MailTexts } from "./texts";

/** What is said of one notification. */
export interface Line {
  readonly when: string;
  readonly who?: string;
  readonly words: string;
}
/** What is said of one conversation. */
export interface Section {
  readonly head: string;
  readonly count: number;
  readonly lines: readonly Line[];
  /** Not in `lines`. */
  readonly more: number;
  readonly url: string;
}
/** What a mail says, in whichever form. */
export interface Told {
  readonly subject: string;
  readonly texts: MailTexts;
  readonly name: string;
  readonly unread: number;
  readonly sections: readonly Section[];
  /** In no section. */
  readonly elsewhere: number;
  readonly links: { readonly settings: string; readonly end: string };
}
