/** The push services that are set up. */
import { type Env } from "../../../contracts/env";
import { apnsOf } from "./apns";
import { fcmOf } from "./fcm";
import { type Providers } from "./provider";
import { webPushOf } from "./web-push";

export function providersOf(env: Env): Providers {
  const [web, fcm, apns] = [webPushOf(env), fcmOf(env), apnsOf(env)];
  return { ...(web ? { web } : {}), ...(fcm ? { fcm } : {}), ...(apns ? { apns } : {}) };
}
