/** One conversation's messages as this page knows them. Pure: told what came, it knows what to show. */

const RANK = { failed: 0, sent: 1, delivered: 2, read: 3 };

/** The status of a message is the lowest of its recipients'; who is not in `info` has not got it yet. */
function lowest(info, recipients) {
  if (info.length < Math.max(1, recipients)) return "sent";
  return info.reduce((low, { status }) => (RANK[status] < RANK[low] ? status : low), "read");
}

function withReceipt(message, recipients, { userId, status, timestamp }) {
  const old = message.delivery_info.find((d) => d.user_id === userId);
  if (old && RANK[old.status] >= RANK[status]) return message;
  const others = message.delivery_info.filter((d) => d.user_id !== userId);
  const delivery_info = [...others, { user_id: userId, status, timestamp }];
  const seen_by = status === "read" ? [...new Set([...message.seen_by, userId])] : message.seen_by;
  return { ...message, delivery_info, seen_by, status: lowest(delivery_info, recipients) };
}

export class Timeline {
  #byId = new Map();
  #bySeq = [];
  #pending = new Map();
  /** False until the newest page is here; before that, what arrives is kept but has no known past. */
  loaded = false;
  /** True once the first message of all is here. */
  complete = false;
  /** How many members a message goes to. */
  recipients = 1;

  /** Messages in order of `seq`, then those still on their way. */
  get entries() {
    return [...this.#bySeq, ...this.#pending.values()];
  }

  get lastSeq() {
    return this.#bySeq.at(-1)?.seq ?? 0;
  }

  get firstSeq() {
    return this.#bySeq[0]?.seq ?? 0;
  }

  get(id) {
    return this.#byId.get(id);
  }

  /**
   * Takes a message from wherever it came: event, ack, history or `sync`. What is here already in the same or a later
   * version is dropped, so a message may come any number of times.
   * @returns "new", "changed", or "known"
   */
  apply(message) {
    if (message.clientId) this.#pending.delete(message.clientId);
    const known = this.#byId.get(message._id);
    if (known && known.version > message.version) return "known";
    if (known && known.version === message.version && RANK[known.status] >= RANK[message.status]) return "known";
    this.#put(message);
    return known ? "changed" : "new";
  }

  /** True when `message` can't follow what is here: something between them was missed. */
  gapBefore(message) {
    return this.loaded && this.lastSeq > 0 && message.seq > this.lastSeq + 1;
  }

  addPage(messages, limit) {
    for (const message of messages) this.apply(message);
    this.loaded = true;
    if (messages.length < limit || this.firstSeq <= 1) this.complete = true;
  }

  markDeleted(id) {
    this.#change(id, (m) => ({
      ...m,
      content: "",
      attachments: [],
      reactions: {},
      deleted_at: new Date().toISOString(),
    }));
  }

  setStatus(receipt) {
    this.#change(receipt.messageId, (m) => withReceipt(m, this.recipients, receipt));
  }

  /** `userId` has read everything up to `seq`. */
  setRead({ userId, seq, timestamp }) {
    for (const message of [...this.#bySeq])
      if (message.seq <= seq && message.sender_id !== userId)
        this.#change(message._id, (m) => withReceipt(m, this.recipients, { userId, status: "read", timestamp }));
  }

  setReaction({ messageId, userId, emoji, added }) {
    this.#change(messageId, (m) => {
      const users = (m.reactions[emoji] ?? []).filter((id) => id !== userId);
      const reactions = { ...m.reactions, [emoji]: added ? [...users, userId] : users };
      if (reactions[emoji].length === 0) delete reactions[emoji];
      return { ...m, reactions };
    });
  }

  /** Shows a message that is on its way; the server's copy with the same clientId takes its place. */
  addPending(message) {
    this.#pending.set(message.clientId, { ...message, pending: true });
  }

  failPending(clientId, why) {
    const message = this.#pending.get(clientId);
    if (message) this.#pending.set(clientId, { ...message, failed: why });
  }

  dropPending(clientId) {
    this.#pending.delete(clientId);
  }

  #change(id, change) {
    const message = this.#byId.get(id);
    if (message) this.#put(change(message));
  }

  #put(message) {
    this.#byId.set(message._id, message);
    const at = this.#bySeq.findLastIndex((m) => m.seq <= message.seq);
    if (this.#bySeq[at]?._id === message._id) this.#bySeq[at] = message;
    else this.#bySeq.splice(at + 1, 0, message);
  }
}
