/** What stands beside a conversation; over it on a phone. */
import { type ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../app/i18n";
import { showPanel } from "../app/router";
import { IconButton } from "../ui/Icon";

interface Props {
  readonly title: string;
  readonly children: ComponentChildren;
  /** What is in it scrolls by itself. */
  readonly fixed?: boolean;
}
export function Panel({ title, children, fixed = false }: Props) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => ref.current?.querySelector<HTMLElement>("button")?.focus(), []);
  return (
    <aside
      class="panel"
      ref={ref}
      aria-label={title}
      onKeyDown={(event) => event.key === "Escape" && showPanel(undefined)}
    >
      <header>
        <IconButton icon="close" label={t("close")} onClick={() => showPanel(undefined)} />
        <h2>{title}</h2>
      </header>
      <div class={fixed ? "body" : "body scroll"}>{children}</div>
    </aside>
  );
}
