/** What benchmarks write into a store themselves, the same on every run: a million turns would take long. */
import { ServiceBroker } from "moleculer";
import { readEnv } from "../contracts/env";
import { documents, newId, storesOf } from "../mixins/documents";
import { brokerOptions } from "../moleculer.config";
import { type MessageDoc } from "../services/chat/conversation/documents";
import { collections } from "../services/chat/host/collections";
import { termsOf } from "../services/chat/conversation/terms";

/** Documents in one write. */
export const BATCH = 500;

export function seeded(seed = 42): () => number {
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}

/** As in a language: the rank r, from 1 on, comes 1/r as often as the first. */
export const ranked = (random: () => number, ranks: number): number => Math.floor(ranks ** random());

/** A message of which the rest follows. */
export function messageOf(
  of: Pick<MessageDoc, "conversation_id" | "seq" | "sender_id" | "content"> & { readonly at: Date },
): MessageDoc {
  const { at, content, ...own } = of;
  const _id = newId();
  return {
    _id,
    ...own,
    version: 1,
    type: "text",
    content,
    attachments: [],
    client_id: `auto:${_id}`,
    reply_to: null,
    mentions: [],
    reactions: {},
    pinned_at: null,
    pinned_by: null,
    terms: termsOf(content),
    created_at: at,
    updated_at: at,
    edited_at: null,
    deleted_at: null,
  };
}

export type ChatStores = ReturnType<typeof storesOf<typeof collections>>;

/** Chat's collections in a folder that no server has open. */
export async function within<T>(dataDir: string, work: (stores: ChatStores) => Promise<T>): Promise<T> {
  const env = readEnv({ NODE_ENV: "test", LOG_LEVEL: "error", DATA_DIR: dataDir });
  const broker = new ServiceBroker(brokerOptions(env));
  const service = broker.createService({ name: "bench", mixins: [documents(collections)] });
  await broker.start();
  try {
    return await work(storesOf<typeof collections>(service));
  } finally {
    await broker.stop();
  }
}
