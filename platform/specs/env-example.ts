/** .env.example: every variable with its default and what it is for. */
import { variables } from "../../contracts/env";

const HEAD = `# All variables, with their defaults; a variable that is left empty counts as not set.
# Copy this file to .env, or set them in the environment, which wins. In production every value below that looks like
# a secret is refused.
`;

export const envExample = (): string =>
  HEAD +
  Object.entries(variables)
    .map(([name, { about, shown }]) => `\n# ${about}\n${name}=${shown}\n`)
    .join("");
