/** What a release changes in the files: the versions, and the heading over what was unreleased. Pure. */

const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;

const partsOf = (version: string): number[] => (VERSION.exec(version) ?? []).slice(1).map(Number);

/** @throws where `next` is no version, or none after `now` */
export function checkNext(now: string, next: string): void {
  const [a, b] = [partsOf(now), partsOf(next)];
  if (b.length === 0) throw new Error(`"${next}" is no version such as 1.2.3`);
  const at = b.findIndex((part, i) => part !== a[i]);
  if (at === -1 || (b[at] ?? 0) < (a[at] ?? 0)) throw new Error(`${next} does not come after ${now}`);
}

/** @throws where there is nothing to release */
export function released(changelog: string, version: string, date: string): string {
  const heading = "## Unreleased\n";
  const at = changelog.indexOf(heading);
  if (at === -1) throw new Error("CHANGELOG.md has no heading Unreleased");
  const rest = changelog.slice(at + heading.length);
  const [notes = ""] = rest.split(/^## /m);
  if (!notes.trim()) throw new Error("CHANGELOG.md has nothing under Unreleased");
  return `${changelog.slice(0, at)}${heading}\n## ${version} (${date})\n${rest}`;
}
