/** What the actions of this service work with; one per service instance. */
import { type Service, type ServiceBroker } from "moleculer";
import { type Env } from "../../contracts/env";
import { type Documents, storesOf } from "../../mixins/documents";
import { envOf } from "../../platform/env";
import { type FileStore, fileStoreOf } from "../../platform/files";
import { sharedResourcesOf } from "../../platform/shared-resources";
import { secretsOf } from "../../platform/secrets";
import { type Attachment, type collections } from "./attachments";
import { type Decoding, decodersOf } from "./decoder/decoding";
import { type IntentDoc } from "./intents";
import { Owners } from "./owners";
import { Signer } from "./sign";

export interface UploadsContext {
  readonly broker: ServiceBroker;
  readonly logger: Service["logger"];
  readonly env: Env;
  readonly store: FileStore;
  readonly attachments: Documents<Attachment>;
  /** What is about to be done to files, until the log of facts has it. */
  readonly intents: Documents<IntentDoc>;
  readonly owners: Owners;
  readonly signer: Signer;
  readonly decoders: Decoding;
}

const contexts = new WeakMap<Service, UploadsContext>();

/** Of a service that did not come to start there is none. @param first what is to end while it is open */
export async function closeContext(service: Service, first: (context: UploadsContext) => Promise<void>): Promise<void> {
  const context = contexts.get(service);
  if (!context) return;
  await first(context);
  context.decoders.close();
}

export function contextOf(service: Service): UploadsContext {
  const known = contexts.get(service);
  if (known) return known;
  const { broker, logger } = service;
  const env = envOf(broker);
  const context: UploadsContext = {
    broker,
    logger,
    env,
    store: fileStoreOf(broker),
    attachments: storesOf<typeof collections>(service).attachments,
    intents: storesOf<typeof collections>(service).intents,
    owners: new Owners(),
    signer: new Signer(secretsOf(env).access),
    decoders: decodersOf(sharedResourcesOf(broker), env.TENANT),
  };
  contexts.set(service, context);
  return context;
}
