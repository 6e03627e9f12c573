/** Files that are dropped anywhere on a conversation go into what is being written. */
import { type ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { t } from "../app/i18n";
import { addFiles } from "./Composer";

export function DropZone({ id, off, children }: { id: string; off: boolean; children: ComponentChildren }) {
  const [over, setOver] = useState(0);
  const has = (event: DragEvent): boolean => !off && (event.dataTransfer?.types.includes("Files") ?? false);
  return (
    <div
      class="drop-zone"
      onDragEnter={(event) => has(event) && setOver((n) => n + 1)}
      onDragLeave={(event) => has(event) && setOver((n) => Math.max(0, n - 1))}
      onDragOver={(event) => has(event) && event.preventDefault()}
      onDrop={(event) => {
        setOver(0);
        if (!has(event)) return;
        event.preventDefault();
        addFiles(id, [...(event.dataTransfer?.files ?? [])]);
      }}
    >
      {children}
      {over > 0 && <div class="drop-hint">{t("dropHere")}</div>}
    </div>
  );
}
