/** Files of ours that a message or a picture names: opened to the members, and refused as input where they are none. */
import { type Result } from "../../../contracts/actions";
import { codeOf, fail } from "../../../contracts/errors";
import { call } from "../../../platform/bus";
import { type Ctx } from "../../../platform/service";

/** @throws BAD_REQUEST for what is no file of ours, or none that the caller may open; which of both is not told */
export async function attach(
  ctx: Ctx,
  conversationId: string,
  urls: readonly string[],
): Promise<Result<"uploads.attach">["files"]> {
  try {
    return (await call(ctx, "uploads.attach", { conversationId, urls: [...urls] })).files;
  } catch (error) {
    // To a client NOTFOUND would mean that the conversation is gone.
    if (codeOf(error) !== "NOTFOUND") throw error;
    throw fail("BAD_REQUEST", "There is no such file.", (error as { data?: unknown }).data);
  }
}
