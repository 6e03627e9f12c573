/** Pages behind tabs: one's settings, the administration. */
import { type ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../app/i18n";
import { href } from "../app/router";
import { Icon } from "./Icon";

interface Props {
  readonly title: string;
  /** By their place in the route; the first is shown for a place that there is not. */
  readonly pages: Readonly<Record<string, readonly [title: string, page: ComponentType]>>;
  readonly page: string;
  readonly hrefOf: (page: string) => string;
}

export function Pages({ title, pages, page, hrefOf }: Props) {
  const at = page in pages ? page : (Object.keys(pages)[0] ?? "");
  const Shown = pages[at]?.[1];
  const tabs = useRef<HTMLElement>(null);
  // Where they are more than fit one sees which one is open.
  useEffect(
    () => tabs.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" }),
    [at],
  );
  return (
    <main class="pages">
      <header class="chat-head">
        <a class="icon back" href={href.home} aria-label={t("backToList")}>
          <Icon name="back" />
        </a>
        <h1>{title}</h1>
      </header>
      <nav class="tabs" aria-label={title} ref={tabs}>
        {Object.entries(pages).map(([key, [name]]) => (
          <a key={key} href={hrefOf(key)} aria-current={key === at ? "page" : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <div class="scroll page">{Shown && <Shown />}</div>
    </main>
  );
}
