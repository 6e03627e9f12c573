/** Every event on the bus by name, with its payload and what its delivery promises. */
import { chatEvents } from "./chat";
import { type PayloadOf } from "./event";
import { factEvents } from "./facts";
import { notificationsEvents } from "./notifications";
import { usersEvents } from "./users";

export const events = { ...usersEvents, ...chatEvents, ...notificationsEvents, ...factEvents };

export type Events = typeof events;
export type EventName = keyof Events;
export type Payload<N extends EventName> = PayloadOf<Events[N]>;
type Named<D> = { [N in EventName]: Events[N]["delivery"] extends D ? N : never }[EventName];
export type { Named as EventNamed };
