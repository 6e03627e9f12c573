/** Bytes in, checked, stored, handed out: the `uploads` service. */
import { action } from "./action";
import { id, list, object, text } from "./schema";
import { nothing } from "./schema";

export const uploadsActions = {
  "uploads.attach": action({
    access: "service",
    about:
      "Files were sent to a conversation: checks that the sender may read each, and lets its participants open them.",
    params: object({ conversationId: id(), urls: list(text({ max: 2048 }), { min: 1, max: 1000 }) }),
    result: nothing,
    idempotent: true,
  }),
};
