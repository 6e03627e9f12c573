/** Conversations and messages: the `chat` service. */
import { conversationsActions } from "./conversations";
import { incomingActions } from "./incoming";
import { innerActions } from "./inner";
import { laterActions } from "./later";
import { messagesActions } from "./messages";
import { readingActions } from "./reading";

export { chatEvents } from "./facts";

export const chatActions = {
  ...conversationsActions,
  ...messagesActions,
  ...readingActions,
  ...laterActions,
  ...incomingActions,
  ...innerActions,
};
