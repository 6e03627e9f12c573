/** What is known of one thing, line by line. */
import { type ComponentChildren } from "preact";

export type Line = readonly [name: string, value: ComponentChildren];

/** What has no value is left out. */
export const Described = ({ lines }: { lines: readonly Line[] }) => (
  <dl class="described">
    {lines.map(
      ([name, value]) =>
        value !== undefined &&
        value !== null && (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ),
    )}
  </dl>
);
