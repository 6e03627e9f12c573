/**
 * The HTML part of mails: one frame for all, safe by its making. What is no `Html` is text, whoever wrote it: it is escaped,
 * and stands apart from what is around it whichever way it is written. Nothing is loaded from anywhere. Pure.
 */

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
/** What HTML can't hold, and readers of mail make of it what they like. */
const UNSAYABLE = /(?![\t\n])[\p{Cc}\p{Noncharacter_Code_Point}]/gu;

const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(UNSAYABLE, "")
    .replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c);

/** Made by `html` alone. */
export class Html {
  /** @internal */
  constructor(readonly source: string) {}
}
type Value = string | number | Html | readonly Html[] | undefined;

function sourceOf(value: Value): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.source;
  return typeof value === "object" ? value.map(({ source }) => source).join("") : escaped(String(value));
}

/** A template in which every value is escaped that is no HTML of ours; attributes are to stand in double quotes. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Html(parts.map((part, i) => part + sourceOf(values[i])).join(""));

// Styles stand at the elements, for many readers drop those of the head; colours hold on light and on dark ground.
const BUTTON =
  "display:inline-block;padding:10px 16px;border-radius:8px;background-color:#0f766e;color:#ffffff;text-decoration:none";
const FRAME = "max-width:560px;margin:0 auto;padding:16px;font:16px/1.5 system-ui,'Segoe UI',Roboto,Arial,sans-serif";
/** Marks that are piled up on a letter stay in their line. */
const LINE = "margin:0 0 8px;overflow:hidden;overflow-wrap:anywhere;word-break:break-word";
const SMALL = `${LINE};font-size:13px;opacity:0.75`;
const HIDDEN = "display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all";

/** Of one's own or of others: its direction is that of its first letter. */
export const paragraph = (content: Value): Html => html`<p dir="auto" style="${LINE}">${content}</p>`;
export const smallPrint = (content: Value): Html => html`<p dir="auto" style="${SMALL}">${content}</p>`;
/** @param url of this system */
export const link = (url: string, label: string): Html => html`<a href="${url}">${label}</a>`;
export const button = (url: string, label: string): Html =>
  html`<p style="margin:0 0 16px"><a href="${url}" style="${BUTTON}">${label}</a></p>`;
/** What other people wrote, within a line of ours. */
export const apart = (text: string): Html => html`<bdi>${text}</bdi>`;
export const heading = (content: Value): Html =>
  html`<h2 dir="auto" style="${LINE};font-size:18px;line-height:1.4">${content}</h2>`;
export const section = (content: readonly Html[]): Html =>
  html`<div style="margin:16px 0;padding:0 0 0 12px;border-left:3px solid #0f766e">${content}</div>`;

interface Page {
  readonly language: string;
  readonly title: string;
  /** What lists of mails show beside the subject. */
  readonly preheader: string;
  readonly content: readonly Html[];
}

export const page = ({ language, title, preheader, content }: Page): string =>
  html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>${title}</title>
      </head>
      <body style="margin:0">
        <div dir="auto" style="${HIDDEN}">${preheader}</div>
        <div style="${FRAME}">${content}</div>
      </body>
    </html> `.source;
