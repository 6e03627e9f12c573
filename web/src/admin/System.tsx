/** The nodes at a glance, and where a conversation lives. */
import { useState } from "preact/hooks";
import { theChat, useAsked } from "../app/chat";
import { numberOf, t } from "../app/i18n";
import { Field } from "../ui/Field";

interface Overview {
  readonly chat: readonly { node: string; actors: number; waiting: number; outbox: number }[];
  readonly api: readonly { node: string; sockets: Record<string, number>; users: number }[];
  readonly livesOn: string | null;
}

export function System() {
  const [id, setId] = useState("");
  const asked = /^[0-9a-f]{24}$/.test(id.trim()) ? `?conversationId=${id.trim()}` : "";
  const { value, again } = useAsked(() => theChat().rest.ask<Overview>("GET", `/admin/overview${asked}`), [asked]);
  return (
    <section>
      <h2>{t("system")}</h2>
      <button type="button" onClick={again}>
        {t("refresh")}
      </button>
      <Table
        head={[t("node"), t("actors"), t("waiting"), t("outbox")]}
        rows={value?.chat.map((n) => [n.node, n.actors, n.waiting, n.outbox]) ?? []}
      />
      <Table
        head={[t("node"), "/chat", "/notifications", t("people")]}
        rows={value?.api.map((n) => [n.node, n.sockets["/chat"] ?? 0, n.sockets["/notifications"] ?? 0, n.users]) ?? []}
      />
      <Field label={t("whereLives")} value={id} onValue={setId} placeholder="507f1f77bcf86cd799439011" />
      {asked && value && <p>{value.livesOn ?? t("onNoNode")}</p>}
    </section>
  );
}

function Table({ head, rows }: { head: readonly string[]; rows: readonly (readonly (string | number)[])[] }) {
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, i) => (
                <td key={head[i]}>{typeof cell === "number" ? numberOf(cell) : cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
