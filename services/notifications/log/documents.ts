/** The log of facts as it is stored: what happened to which ids, at which position; no words, no names. */
import { type FactKind } from "../../../contracts/facts";
import { type Collection, type Documents } from "../../../mixins/documents";

export interface FactDoc {
  /** From type and key, so that the same fact is kept once. */
  readonly _id: string;
  /** 1, 2, 3, ... */
  readonly position: number;
  readonly type: FactKind;
  readonly key: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
  /** When the log got it: how long it stays is counted from here. */
  readonly kept_at: Date;
}

/** As events were kept before there was one log for all that happens. */
export interface OldEventDoc {
  readonly _id: string;
  readonly position: number;
  readonly body: string;
  readonly created_at: Date;
}

/** Up to where the channel has it. */
export interface ChannelDoc {
  readonly _id: string;
  readonly position: number;
  /** A node has it in hand until then. */
  readonly due_at: Date;
}

export interface LogStores {
  readonly facts: Documents<FactDoc>;
  readonly oldEvents: Documents<OldEventDoc>;
}

export const logCollections = {
  facts: { name: "facts", indexes: [{ fields: ["position"], unique: true }] } as Collection<FactDoc>,
  factChannel: { name: "fact_channel", indexes: [] } as Collection<ChannelDoc>,
  oldEvents: { name: "webhook_events", indexes: [{ fields: ["position"], unique: true }] } as Collection<OldEventDoc>,
};
