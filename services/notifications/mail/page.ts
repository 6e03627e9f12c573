/** The HTML part of a mail of what is unread. Pure. */
import {
  apart,
  button,
  heading,
  type Html,
  html,
  link,
  page,
  paragraph,
  section,
  smallPrint,
} from "../../../platform/mail-html";
import { type Line, type Told } from "./said";

const lineOf = ({ when, who, words }: Line): Html =>
  paragraph(
    html`<span style="opacity:0.75">${when}</span>
      ${who === undefined ? undefined : html`<b>${apart(who)}:</b> `}${apart(words)}`,
  );

export function pageOf({ subject, texts, name, unread, sections, elsewhere, links }: Told): string {
  const told = sections.map(({ head, count, lines, more, url }) =>
    section([
      heading(html`${apart(head)} (${count})`),
      ...lines.map(lineOf),
      ...(more > 0 ? [paragraph(texts.more(more))] : []),
      button(url, texts.labels.open),
    ]),
  );
  return page({
    language: texts.locale,
    title: subject,
    preheader: texts.unread(unread),
    content: [
      paragraph(texts.hello(name)),
      paragraph(texts.unread(unread)),
      ...told,
      ...(elsewhere > 0 ? [paragraph(texts.moreElsewhere(elsewhere))] : []),
      smallPrint(texts.why),
      smallPrint(html`${link(links.settings, texts.labels.settings)} · ${link(links.end, texts.labels.end)}`),
    ],
  });
}
