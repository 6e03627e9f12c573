/** What one can do about a person who is a nuisance. */
import { t } from "../app/i18n";
import { askReport } from "../moderation/Report";
import { askBlock } from "./common";

export function AgainstPerson({ id, name }: { readonly id: number; readonly name: string }) {
  return (
    <>
      <button type="button" class="danger" onClick={() => askReport({ kind: "user", id: String(id), name })}>
        {t("report")}
      </button>
      <button type="button" class="danger" onClick={() => askBlock(id, name)}>
        {t("block")}
      </button>
    </>
  );
}
