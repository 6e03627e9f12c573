/** The virus scanner's word, asked before a file is anyone's. */
import { codeOf, fail } from "../../contracts/errors";
import { type Params } from "../../contracts/actions";
import { call } from "../../platform/bus";
import { type UploadsContext } from "./context";

/** With a scanner configured and nothing said, a scanner that does not answer lets nothing in. */
const modeOf = ({ env }: UploadsContext): "off" | "closed" | "open" =>
  env.UPLOAD_SCAN === "off" && env.CLAMAV_URL ? "closed" : env.UPLOAD_SCAN;

/** @throws UNSUPPORTED_TYPE for what the scanner found, UNAVAILABLE where it can't say and the mode is `closed` */
export async function refuseInfected(context: UploadsContext, file: Params<"scanner.scan">): Promise<void> {
  const mode = modeOf(context);
  if (mode === "off") return;
  try {
    const { clean, threat } = await call(context.broker, "scanner.scan", file);
    if (clean) return;
    context.logger.warn("upload refused by the scanner", { threat });
  } catch (error) {
    if (mode === "closed") throw fail("UNAVAILABLE", "The virus scanner does not answer.");
    context.logger.warn("the scanner does not answer; the file is let in", { code: codeOf(error) });
    return;
  }
  const message = "The virus scanner refused this file.";
  throw fail("UNSUPPORTED_TYPE", message, [{ field: "file", rule: "scan", message }]);
}
