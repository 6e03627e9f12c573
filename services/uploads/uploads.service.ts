/** Bytes in, checked, stored, handed out. The bytes themselves flow between api nodes and the store (platform/files). */
import { type Service } from "moleculer";
import { documents } from "../../mixins/documents";
import { probe } from "../../platform/health";
import { act, service, rows } from "../../platform/service";
import { codeOf, fail } from "../../contracts/errors";
import { type Caller } from "../../contracts/caller";
import { link, open } from "./access";
import { collections } from "./attachments";
import scanner from "./clamd";
import { erase, tracesOf } from "./erasure";
import { closeContext, contextOf } from "./context";
import { closeFacts, openFacts } from "./facts";
import { confirm, grant } from "./intake";
import { attach, deleteFile, detach, publishFile, removeFiles } from "./sharing";
import { sweep } from "./sweep";

const SWEEP_EVERY_MS = 600_000;

/** Service actions that act for somebody: whose meta they carry. */
function known(caller: Caller | undefined): Caller {
  if (!caller) throw fail("AUTH_INVALID", "This needs a signed-in user.");
  return caller;
}

async function sweepQuietly(this: Service): Promise<void> {
  try {
    const { files, objects } = await sweep(contextOf(this));
    if (files || objects) this.logger.info("orphans removed", { files, objects });
  } catch (error) {
    this.logger.warn("orphans can't be swept now; next try later", { code: codeOf(error) });
  }
}

const sweepers = new WeakMap<Service, NodeJS.Timeout>();

export default service({
  name: "uploads",
  mixins: [documents(collections)],
  actions: rows<"uploads">({
    grant: act("uploads.grant", function (_caller, { ownerId, bytes }) {
      return grant(contextOf(this), ownerId, bytes);
    }),
    confirm: act("uploads.confirm", function (_caller, { ownerId, grantId, files }) {
      return confirm(contextOf(this), ownerId, grantId, files);
    }),
    release: act("uploads.release", function (_caller, { ownerId, grantId }) {
      contextOf(this).owners.release(ownerId, grantId);
      return {};
    }),
    open: act("uploads.open", function (caller, params, ctx) {
      return open(contextOf(this), ctx, caller, params);
    }),
    link: act("uploads.link", function (caller, { id, variant }, ctx) {
      return link(contextOf(this), ctx, caller, id, variant);
    }),
    delete: act("uploads.delete", async function (caller, { fileUrl }, ctx) {
      await deleteFile(contextOf(this), ctx, caller, fileUrl);
      return {};
    }),
    remove: act("uploads.remove", function (_caller, { ownerId, fileIds, orphanedBefore }) {
      return removeFiles(contextOf(this), ownerId, fileIds, orphanedBefore ? new Date(orphanedBefore) : undefined);
    }),
    attach: act("uploads.attach", function (caller, { conversationId, urls }, ctx) {
      return attach(contextOf(this), ctx, known(caller), conversationId, urls);
    }),
    detach: act("uploads.detach", async function (_caller, { conversationId, urls }) {
      await detach(contextOf(this), conversationId, urls);
      return {};
    }),
    publish: act("uploads.publish", async function (caller, { url }) {
      await publishFile(contextOf(this), known(caller), url);
      return {};
    }),
    traces: act("uploads.traces", function (_caller, { userId }) {
      return tracesOf(contextOf(this), userId);
    }),
    erase: act("uploads.erase", function (_caller, { userId }) {
      return erase(contextOf(this), userId);
    }),
    sweep: act("uploads.sweep", function () {
      return sweep(contextOf(this));
    }),
    health: act("uploads.health", function () {
      const { attachments, store } = contextOf(this);
      return probe({ documents: () => attachments.count({ _id: "" }), files: () => store.check() });
    }),
  }),
  async started(this: Service) {
    if (contextOf(this).env.CLAMAV_URL) this.broker.createService(scanner);
    const timer = setInterval(() => void sweepQuietly.call(this), SWEEP_EVERY_MS).unref();
    sweepers.set(this, timer);
    openFacts(contextOf(this));
    await sweepQuietly.call(this);
  },
  async stopped(this: Service) {
    clearInterval(sweepers.get(this));
    await closeContext(this, closeFacts);
  },
});
