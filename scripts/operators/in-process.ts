/** An operator inside a process of the system: whoever can type there needs no password, and not even an admin. */
import { type ServiceBroker } from "moleculer";
import { actions } from "../../contracts/actions";
import { operator } from "../../contracts/caller";
import { type Route, routes } from "../../contracts/routes";
import { call } from "../../platform/bus";
import { convertStrings } from "../../services/api/http/query";
import { type Operator } from "./session";

interface Match {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

function matchOf(method: string, pathname: string): Match {
  for (const route of routes) {
    const pattern = new RegExp(`^${route.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
    const found = route.method === method ? pattern.exec(pathname) : null;
    if (found) return { route, path: { ...found.groups } };
  }
  throw new Error(`There is no route ${method} ${pathname}.`);
}

/** Asks by the routes of the contract, as the one who comes over REST does, but calls their actions itself. */
export function inProcess(broker: ServiceBroker): Operator {
  return {
    async ask<T>(method: string, target: string, body: object = {}): Promise<T> {
      const { pathname, searchParams } = new URL(target, "http://in-process");
      const { route, path } = matchOf(method, pathname);
      const strings = convertStrings(actions[route.action].params, { ...Object.fromEntries(searchParams), ...path });
      const params = { ...body, ...strings };
      return (await call(broker, route.action, params as never, { meta: { caller: operator } })) as T;
    },
    leave: () => Promise.resolve(),
  };
}
