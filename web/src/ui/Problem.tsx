/** What went wrong, told at once to those who listen, too. */
import { type ComponentChildren } from "preact";

export const Problem = ({ children }: { readonly children: ComponentChildren }) => (
  <p class="problem" role="alert">
    {children}
  </p>
);
