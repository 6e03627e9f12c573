/** Takes what a request costs from the budgets of whoever asks. */
import { type ServiceBroker } from "moleculer";
import { envOf } from "../../../platform/env";
import { tokensOf } from "../../../platform/tokens";
import { callerIfAny } from "./auth";
import { budgetsOf, kindOf, type Payer } from "./budgets";
import { type Request, type Response } from "./door";
import { spend } from "./limits";

/** Before routing, so that what no route takes is counted, too. @throws RATE_LIMITED */
export async function payFor(
  broker: ServiceBroker,
  req: Request,
  res: Response,
  path: string,
  pages: ReadonlySet<string>,
): Promise<void> {
  const kind = kindOf(req, path, pages);
  if (kind === "page" || kind === "refresh") return;
  const payer = await callerIfAny(broker, req);
  await spend(broker, res, budgetsOf(envOf(broker), kind, path, req.clientIp, payer));
}

function holderOf(broker: ServiceBroker, refreshToken: unknown): Payer {
  try {
    return tokensOf(broker).verifyRefresh(refreshToken as string);
  } catch {
    return undefined;
  }
}

/**
 * An office renews its tokens from one address: whoever holds a refresh token of ours pays for themselves, and only
 * what is none is a guess.
 * @throws RATE_LIMITED
 */
export async function payForRefresh(broker: ServiceBroker, req: Request, res: Response, token: unknown): Promise<void> {
  const payer = holderOf(broker, token);
  await spend(broker, res, budgetsOf(envOf(broker), "refresh", "/auth/refresh", req.clientIp, payer));
}
