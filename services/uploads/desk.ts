/** What the actions of this service work with; one per service instance. */
import { type Service, type ServiceBroker } from "moleculer";
import { type Env } from "../../contracts/env";
import { type Documents, storesOf } from "../../mixins/documents";
import { envOf } from "../../mixins/env";
import { type FileStore, fileStoreOf } from "../../mixins/files";
import { secretsOf } from "../../mixins/secrets";
import { type Attachment, type collections } from "./attachments";
import { Owners } from "./owners";
import { Signer } from "./sign";

export interface Desk {
  readonly broker: ServiceBroker;
  readonly logger: Service["logger"];
  readonly env: Env;
  readonly store: FileStore;
  readonly attachments: Documents<Attachment>;
  readonly owners: Owners;
  readonly signer: Signer;
}

const desks = new WeakMap<Service, Desk>();

export function deskOf(service: Service): Desk {
  const known = desks.get(service);
  if (known) return known;
  const { broker, logger } = service;
  const env = envOf(broker);
  const desk: Desk = {
    broker,
    logger,
    env,
    store: fileStoreOf(broker),
    attachments: storesOf<typeof collections>(service).attachments,
    owners: new Owners(),
    signer: new Signer(secretsOf(env).access),
  };
  desks.set(service, desk);
  return desk;
}
