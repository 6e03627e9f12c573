/** The trusted issuers of the node that a service runs on. */
import { type ServiceBroker } from "moleculer";
import { envOf } from "../env";
import { TrustedIssuers } from ".";
import { issuersOf } from "./config";

const ofBroker = new WeakMap<ServiceBroker, TrustedIssuers>();

/** @throws EnvError where TRUSTED_ISSUERS can't be used */
export function trustedIssuersOf(broker: ServiceBroker): TrustedIssuers {
  const known = ofBroker.get(broker) ?? new TrustedIssuers(issuersOf(envOf(broker)), broker.getLogger("issuers"));
  ofBroker.set(broker, known);
  return known;
}
