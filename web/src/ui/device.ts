/** What a browser calls itself, in words. */
import { t } from "../app/i18n";

const browsers = {
  Edg: "Edge",
  OPR: "Opera",
  Firefox: "Firefox",
  HeadlessChrome: "Chrome",
  Chrome: "Chrome",
  Safari: "Safari",
};
const systems = {
  Android: "Android",
  iPhone: "iPhone",
  iPad: "iPad",
  Windows: "Windows",
  Macintosh: "macOS",
  CrOS: "ChromeOS",
  Linux: "Linux",
};
const named = (names: Readonly<Record<string, string>>, agent: string): string | undefined =>
  Object.entries(names).find(([mark]) => agent.includes(mark))?.[1];
/** Of anything that is no browser the name before its version. */
export function deviceOf(agent: string): string {
  const [browser, system] = [named(browsers, agent), named(systems, agent)];
  if (browser && system) return t("browserOn", { browser, system });
  return browser ?? system ?? (agent.split("/", 1)[0] || t("unknownDevice"));
}
