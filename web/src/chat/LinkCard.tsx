/** What the page behind a link says of itself. */
import { type LinkPreview } from "moleculer-chat-client";

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : "");

export function LinkCard({ preview }: { preview: LinkPreview }) {
  const { url, title, description, site_name, image } = preview;
  const to = /^www\./i.test(url) ? `https://${url}` : url;
  if (!/^https?:/i.test(to)) return null;
  return (
    <a class="link-card" href={to} target="_blank" rel="noopener noreferrer nofollow">
      <span class="words">
        <em dir="auto">{site_name ?? hostOf(to)}</em>
        <strong dir="auto">{title}</strong>
        {description && <span dir="auto">{description}</span>}
      </span>
      {image && <img src={image} alt="" loading="lazy" referrerpolicy="no-referrer" />}
    </a>
  );
}
